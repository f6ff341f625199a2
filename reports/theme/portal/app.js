/* What scripts add to pages that can be read without them: sortable tables, a filtered search, and the map explorer.
 *
 * What belongs here: small enhancements of finished markup, and loading the explorer on the page that has one. What does
 * not: numbers, words of the district, looks. No library, no build step; classic scripts, since a page opened from a
 * folder cannot load modules. All scripts share one name, `Atlas`.
 */
"use strict";

const Atlas = {};

/* Building nodes. Text only ever becomes a text node: released words are never read as markup. */
Atlas.dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function build(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  /** An HTML element, e.g. el("p", {class: "sub", onclick: f}, "text", otherNode). */
  const el = (name, attributes, ...children) => build(document.createElement(name), attributes, children);
  /** The same for elements of a drawing. */
  const svg = (name, attributes, ...children) => build(document.createElementNS(SVG, name), attributes, children);
  /** Words that only a screen reader says. */
  const heard = (text) => el("span", { class: "only-heard" }, text);
  /** The shape of a verdict, drawn since the font has not all of them; the word stands beside it. */
  const sign = (shape) =>
    shape && shape !== "none"
      ? svg("svg", { class: "sign", viewBox: "0 0 12 12", "aria-hidden": "true", focusable: "false" },
          svg("use", { href: `#sign-${shape}` }))
      : null;

  return { el, svg, heard, sign, SVG };
})();

/* Tables marked data-sortierbar: every head becomes a button. The row of the Kreis (class total) stays last. */
Atlas.sorting = (() => {
  const { el } = Atlas.dom;
  const order = new Intl.Collator("de", { numeric: true });

  /** A German number as a number; null for words and signs. */
  function germanNumber(text) {
    const plain = text.replace(/[\s\u202f\u00a0()]/g, "").replace(/\./g, "").replace(",", ".").replace("\u2212", "-");
    const match = /^-?\d+(\.\d+)?/.exec(plain);
    return match ? Number(match[0]) : null;
  }

  function key(row, column) {
    const cell = row.cells[column];
    const text = cell ? (cell.dataset.wert ?? cell.textContent.trim()) : "";
    return { text, number: cell && cell.classList.contains("num") ? germanNumber(text) : null };
  }

  /** Numbers before words, words by the German alphabet; without a number a row stands last in both directions. */
  function compare(a, b, isNumeric, direction) {
    if (!isNumeric) return direction * order.compare(a.text, b.text);
    if (a.number === null || b.number === null) return (a.number === null) - (b.number === null);
    return direction * (a.number - b.number);
  }

  function sort(table, column, direction) {
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
      const keys = new Map(rows.map((row) => [row, key(row, column)]));
      const isNumeric = [...keys.values()].some((found) => found.number !== null);
      rows.sort((a, b) => compare(keys.get(a), keys.get(b), isNumeric, direction));
      body.prepend(...rows);
    }
  }

  function mark(heads, chosen, direction) {
    for (const head of heads) {
      head.setAttribute("aria-sort", head === chosen ? (direction > 0 ? "ascending" : "descending") : "none");
      const arrow = head.querySelector(".sort-arrow");
      if (arrow) arrow.textContent = head === chosen ? (direction > 0 ? "\u2191" : "\u2193") : "";
    }
  }

  function enhance(table) {
    const heads = [...(table.tHead ? table.tHead.rows[table.tHead.rows.length - 1].cells : [])];
    if (heads.some((head) => head.colSpan > 1)) return;
    heads.forEach((head, column) => {
      const button = el("button", { type: "button", class: "sort" });
      button.append(...head.childNodes, el("span", { class: "sort-arrow", "aria-hidden": "true" }));
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        sort(table, column, direction);
        mark(heads, head, direction);
      });
      head.append(button);
    });
  }

  return { enhance, germanNumber };
})();

/* The search: a form marked data-suche. It finds the links the page holds below data-suchgruppe, so that nothing is
 * listed twice and a page without scripts lacks nothing. */
Atlas.search = (() => {
  const { el } = Atlas.dom;
  const SHOWN = 12;

  /** Small letters, umlauts and ß written out, accents and hyphens away: „Groß-Zimmern“ and „gross zimmern“ agree. */
  function fold(text) {
    const plain = text.toLowerCase().replace(/ä/g, "ae").replace(/ö/g, "oe").replace(/ü/g, "ue").replace(/ß/g, "ss");
    return plain.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, " ").trim();
  }

  /** Whether every word searched for begins a word of the text. */
  const begins = (text, wanted) => wanted.every((word) => ` ${text}`.includes(` ${word}`));
  /** The same, or it stands inside a word: „Miete“ in „Kaltmiete“, from three letters on. */
  const holds = (text, wanted) => wanted.every((word) => ` ${text}`.includes(` ${word}`) || (word.length > 2 && text.includes(word)));

  /** All links of the page that can be found: group, link, note, and the words of the link and of what it stands in. */
  function offers() {
    return [...document.querySelectorAll("[data-suchgruppe]")].flatMap((part) =>
      [...part.querySelectorAll("li a, th a")].map((link) => {
        const note = link.parentElement.querySelector(".note");
        const name = fold(link.textContent);
        const own = `${name} ${fold(link.dataset.worte || "")}`;
        const { suchgruppe: group, suchworte: more } = part.dataset;
        return { group, link, note: note ? note.textContent : "", name, own, all: `${own} ${fold(`${group} ${more || ""}`)}` };
      }));
  }

  /** How well an offer fits, best first: its name begins so, its own words, its theme's words, somewhere inside. */
  function rank(offer, wanted) {
    const fits = [offer.name.startsWith(wanted.join(" ")), begins(offer.own, wanted), begins(offer.all, wanted), holds(offer.own, wanted), holds(offer.all, wanted)];
    return fits.indexOf(true);
  }

  function find(all, text) {
    const wanted = fold(text).split(" ").filter(Boolean);
    if (!wanted.length) return [];
    const ranked = all.map((offer) => ({ offer, rank: rank(offer, wanted) })).filter((hit) => hit.rank >= 0);
    return ranked.sort((a, b) => a.rank - b.rank).map((hit) => hit.offer);
  }

  function hitWords(count, shown) {
    if (!count) return "Keine Treffer. Andere Schreibweise oder ein kürzeres Wort versuchen.";
    const words = count === 1 ? "Ein Treffer." : `${count} Treffer.`;
    return shown < count ? `${words} Gezeigt werden die ersten ${shown}.` : words;
  }

  /** Hits below the name of their group, the group of the best hit first. */
  function listed(hits) {
    const groups = new Map();
    for (const hit of hits) groups.set(hit.group, [...(groups.get(hit.group) || []), hit]);
    return [...groups].map(([name, found]) => [el("p", { class: "group" }, name), el("ul", {}, found.map((hit) =>
      el("li", {}, el("a", { href: hit.link.getAttribute("href") }, hit.link.textContent), hit.note ? el("span", {}, ` ${hit.note}`) : null)))]).flat();
  }

  function enhance(form) {
    const input = form.querySelector("input");
    const list = form.querySelector(".search-list");
    const status = form.querySelector("[role=status]");
    const all = offers();
    const links = () => [...list.querySelectorAll("a")];

    function update() {
      const hits = find(all, input.value);
      const shown = hits.slice(0, SHOWN);
      list.replaceChildren(...listed(shown));
      list.hidden = !shown.length;
      status.textContent = fold(input.value) ? hitWords(hits.length, shown.length) : "";
      status.classList.toggle("only-heard", shown.length === hits.length && shown.length > 0);
    }

    function move(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const found = links();
      if (event.key === "Escape" && input.value) {
        input.value = "";
        update();
        input.focus();
      } else if (step && found.length) {
        const place = found.indexOf(document.activeElement) + step;
        (place < 0 ? input : found[Math.min(place, found.length - 1)]).focus();
      } else return;
      event.preventDefault();
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      update();
      if (links().length) links()[0].click();
      else input.focus();
    });
    form.addEventListener("keydown", move);
    input.addEventListener("input", update);
    update();
  }

  return { enhance, fold };
})();

/* Loading further scripts of the same folder, in order. Works from a folder: no fetch, only script elements. */
Atlas.loading = (() => {
  const folder = new URL(".", document.currentScript.src).href;

  /** A promise of the script `portal/<path>`; rejected where the file is absent. */
  function script(path) {
    return new Promise((resolve, reject) => {
      const node = document.createElement("script");
      node.src = folder + path;
      node.async = false;
      node.addEventListener("load", resolve);
      node.addEventListener("error", () => reject(new Error(path)));
      document.head.append(node);
    });
  }

  return { script, folder };
})();

Atlas.EXPLORER = ["numbers", "model", "address", "map", "table", "compare", "explorer"];

Atlas.start = () => {
  for (const node of document.querySelectorAll("[data-nur-js]")) node.hidden = false;
  document.querySelectorAll("table[data-sortierbar]").forEach(Atlas.sorting.enhance);
  document.querySelectorAll("[data-suche]").forEach(Atlas.search.enhance);
  const root = document.querySelector("[data-explorer]");
  if (!root) return;
  const files = ["data.js", ...Atlas.EXPLORER.map((name) => `explorer/${name}.js`)];
  // Letters in a drawing keep the font they were first drawn in: so the fonts come first.
  Promise.all([document.fonts.ready, ...files.map(Atlas.loading.script)]).then(
    () => Atlas.explorer.start(root),
    // The static map and table stay: nothing is lost but the choice of indicators.
    () => root.setAttribute("data-explorer", "fest"),
  );
};

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", Atlas.start);
else Atlas.start();
