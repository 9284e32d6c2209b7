"""Parser of report pages, based on the HTML parser of the standard library."""

import json
from html.parser import HTMLParser


class Page(HTMLParser):
    """Content of a report.

    Attributes:
        tables: name -> rows of cells; numbers are exact (``data-value``), other cells are text.
        figures: name -> {"data", "layout"} for plotly.
        cards: text of each card.
        commands: of the next steps.
        absences: notes on missing content.
        values: main values of the findings.
        addresses: values of all src and href attributes.
    """

    def __init__(self, html):
        super().__init__()
        self.tables, self.figures = {}, {}
        self.absences, self.values, self.addresses = [], [], []
        self.cards, self.commands = [], []
        self._card = None
        self.tags, self.ids = [], []
        self._figure = self._value = None
        self._text = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "figure":
            self._figure = attributes["id"].split("-", 1)[1]
        elif tag == "tbody":
            self.tables[self._figure] = []
        elif tag == "tr" and self._figure in self.tables:
            self.tables[self._figure].append([])
        elif tag == "li" and attributes.get("class") == "card":
            self._card = []
        self._value = attributes.get("data-value")
        self._text = []
        self._class = attributes.get("class")
        self._type = attributes.get("type")

    def handle_data(self, text):
        self._text.append(text)
        if self._card is not None and text.strip():
            self._card.append(text.strip())

    def handle_endtag(self, tag):
        text = "".join(self._text)
        if tag == "script" and self._type == "application/json":
            self.figures[self._figure] = json.loads(text)
        elif tag in ("td", "th") and self._figure in self.tables:
            cell = text if self._value is None else number(self._value)
            self.tables[self._figure][-1].append(cell)
        elif tag == "p" and self._class == "absence":
            self.absences.append(text)
        elif tag == "span" and self._class == "value":
            self.values.append(text)
        elif tag == "figure":
            self._figure = None
        elif tag == "li" and self._card is not None:
            self.cards.append(" ".join(self._card))
            self._card = None
        elif tag == "code" and self.tags[-2:] == ["pre", "code"]:
            self.commands.append(text)
        self._value = self._type = None


def number(text):
    """Return the exact value of a cell: int, float, or else the text."""
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
