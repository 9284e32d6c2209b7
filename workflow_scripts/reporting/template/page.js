"use strict";
// Draws each figure from the JSON beside it, in the colours of the page's theme, and again when
// the theme, the width or the medium (screen, paper) changes.

const darkTheme = matchMedia("(prefers-color-scheme: dark)");
const narrowPage = matchMedia("(max-width: 640px)");
const touchScreen = matchMedia("(pointer: coarse)");
const PAPER_WIDTH = 640;

const figures = [...document.querySelectorAll("figure.plot")].map((element) => ({
  canvas: element.querySelector(".canvas"),
  content: JSON.parse(element.querySelector("script").textContent),
}));

function template() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    gridcolor: colour("--grid"), linecolor: colour("--line"), zerolinecolor: colour("--line"),
    zeroline: false, showline: true, ticks: "outside", tickcolor: colour("--line"), ticklen: 4,
  };
  return { layout: {
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--text") },
    paper_bgcolor: colour("--card"), plot_bgcolor: colour("--card"),
    hoverlabel: { bgcolor: colour("--card"), font: { color: colour("--text") } },
    margin: { l: 50, r: 12, t: 26, b: 34 },
    separators: ".,",
    xaxis: axis, yaxis: axis,
    dragmode: touchScreen.matches ? false : "zoom",
    colorway: ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442"],
  } };
}

// A flow from left to right needs width; on a narrow page it runs from top to bottom.
function turned(trace, isNarrow) {
  return trace.type === "sankey" && isNarrow ? { ...trace, orientation: "v" } : trace;
}

function draw(figure, width) {
  const { data, layout } = figure.content;
  const isNarrow = narrowPage.matches && !width;
  const traces = data.map((trace) => turned(trace, isNarrow));
  const size = width ? { width } : { autosize: true };
  return Plotly.react(figure.canvas, traces, { ...layout, template: template(), ...size }, {
    responsive: true, displaylogo: false, modeBarButtons: [["toImage"]],
    toImageButtonOptions: { format: "svg" },
  });
}

function drawAll(width) {
  return Promise.all(figures.map((figure) => draw(figure, width)));
}

darkTheme.addEventListener("change", () => drawAll());
narrowPage.addEventListener("change", () => drawAll());
addEventListener("beforeprint", () => drawAll(PAPER_WIDTH));
addEventListener("afterprint", () => drawAll());
drawAll().then(() => { document.body.dataset.drawn = figures.length; });

// The table of contents shows which chapter is being read.
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((e) => e.isIntersecting)) {
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id).setAttribute("aria-current", "location");
  }
}, { rootMargin: "-15% 0px -75% 0px" });
document.querySelectorAll("main > section").forEach((section) => watcher.observe(section));
