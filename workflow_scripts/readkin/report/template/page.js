"use strict";
// Draws each figure from the JSON next to it, in the colours of the page's theme, and draws it
// again when the theme or the medium (screen, paper) changes. Figures follow the width of their card.

const darkTheme = matchMedia("(prefers-color-scheme: dark)");
const touchScreen = matchMedia("(pointer: coarse)");
// Pixels on A4 paper with the margins of page.css: the browser computes the layout of printed
// pages only after "beforeprint", so the figures cannot measure their cards.
const PAPER_WIDTHS = { full: 650, half: 300, third: 300 };

const figures = [...document.querySelectorAll("figure.plot")].map((element) => ({
  canvas: element.querySelector(".canvas"),
  paperWidth: PAPER_WIDTHS[element.dataset.span],
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
    annotationdefaults: { bgcolor: colour("--card") },
    dragmode: touchScreen.matches ? false : "zoom",
    colorway: ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442"],
  } };
}

function draw(figure, isOnPaper) {
  const { data, layout } = figure.content;
  const size = isOnPaper ? { width: figure.paperWidth } : { autosize: true };
  return Plotly.newPlot(figure.canvas, data, { ...layout, template: template(), ...size }, {
    displaylogo: false, modeBarButtons: [["toImage"]],
    toImageButtonOptions: { format: "svg" },
  });
}

function drawAll(isOnPaper = false) {
  return Promise.all(figures.map((figure) => draw(figure, isOnPaper)));
}

darkTheme.addEventListener("change", () => drawAll());
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  cards.disconnect();
  drawAll(true);
});
addEventListener("afterprint", () => { drawAll(); watchCards(); });

const cards = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.clientWidth) Plotly.Plots.resize(target);
});
const watchCards = () => figures.forEach((figure) => cards.observe(figure.canvas));
drawAll().then(() => { document.body.dataset.drawn = figures.length; watchCards(); });

// The table of contents highlights the section that is on the screen.
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((e) => e.isIntersecting)) {
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id).setAttribute("aria-current", "location");
  }
}, { rootMargin: "-15% 0px -75% 0px" });
document.querySelectorAll("main > section").forEach((section) => watcher.observe(section));
