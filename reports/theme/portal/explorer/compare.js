/* One area in words, and two areas side by side. Verdicts are released ones; two areas are compared by their spans only. */
"use strict";

Atlas.compare = (() => {
  const { el, sign } = Atlas.dom;
  const { number } = Atlas.numbers;
  const model = Atlas.model;

  /** Whether the released spans of two areas overlap; null where one of them has none. */
  function overlap(a, b) {
    if (!a.hasSpan || !b.hasSpan) return null;
    return a.lower <= b.upper && b.lower <= a.upper;
  }

  function sentence(a, b) {
    if (a.value === null || b.value === null) {
      const without = [a, b].filter((found) => found.value === null).map((found) => found.name);
      return `Ohne Wert für ${Atlas.numbers.join(without)} ist kein Vergleich möglich.`;
    }
    const found = overlap(a, b);
    if (found === null) return "Zu mindestens einem der Werte gibt es keine Spanne: Ob sie sich erkennbar unterscheiden, ist offen.";
    return found
      ? `Die Spannen von ${a.name} und ${b.name} überlappen sich. Ob sich die Werte unterscheiden, ist damit nicht entschieden.`
      : `Die Spannen von ${a.name} und ${b.name} überlappen sich nicht.`;
  }

  /** „höher als der Kreis (4,07 %)“; empty for a value that was not compared. */
  function verdictWords(found, view) {
    if (found.value === null || found.shape === "none") return "";
    const reference = view.kreis.value === null ? "" : ` (${view.kreis.text})`;
    return model.words.verdictSentences[found.verdict] + reference;
  }

  /** The reading of one area as nodes: name, value, span, verdict, or why there is no value. */
  function reading(found, view) {
    if (found.value === null) {
      return [el("strong", {}, found.name), " ", found.text, found.reason ? el("span", { class: "more" }, found.reason) : null];
    }
    const notes = model.remarks(found);
    const verdict = verdictWords(found, view);
    return [
      el("strong", {}, found.name), " ", el("strong", { class: "number" }, found.text), " ",
      el("span", { class: "more" }, found.hasSpan ? `Spanne ${found.spanText}${view.data.suffix}` : found.spanText), " ",
      verdict ? el("span", { class: "more" }, sign(found.shape), " ", model.words.verdictSentences[found.verdict]) : null,
      notes.length ? el("span", { class: "more" }, ` ${notes.join(", ")}`) : null,
    ];
  }

  function areaBlock(found, view) {
    const verdict = verdictWords(found, view);
    const notes = [...model.remarks(found), found.reason].filter(Boolean);
    return [
      el("h3", {}, found.name),
      el("p", { class: "big" }, el("strong", {}, found.value === null ? found.text : found.text), " ",
        found.value === null ? null : el("span", {}, found.hasSpan ? `Spanne ${found.spanText}${view.data.suffix}` : found.spanText)),
      verdict ? el("p", {}, sign(found.shape), " ", `${verdict}.`) : null,
      notes.length ? el("p", { class: "sub" }, notes.join(". ")) : null,
    ];
  }

  function links(found, view) {
    const { folder } = Atlas.loading;
    const list = [];
    if (view.level.id === "gemeinde" && found.number !== null) list.push(el("a", { href: `${folder}gemeinde/${found.id}.html` }, `Alle Zahlen zu ${found.name}`));
    list.push(el("a", { href: `${folder}indikator/${view.data.id}.html` }, `Was „${view.data.short}“ bedeutet`));
    return el("ul", { class: "plain" }, list.map((link) => el("li", {}, link)));
  }

  function chooser(view, state, on) {
    const others = view.level.areas.filter((area) => area.id !== state.area);
    const options = [["", "kein Vergleich"], ...others.map((area) => [area.id, area.name])];
    return el("p", { class: "field" }, el("label", { for: "explorer-vergleich" }, "Vergleichen mit"),
      el("select", { id: "explorer-vergleich", onchange: (event) => on.compare(event.target.value) },
        options.map(([id, name]) => el("option", { value: id, selected: id === state.other }, name))));
  }

  /** Rows of the comparison: what, and a text per area. */
  function facts(view) {
    const count = (value) => (value === null ? "liegt nicht vor" : number(value, Number.isInteger(value) ? 0 : 1));
    const hasCounts = [...view.rows, view.kreis].some((found) => found.numerator !== null);
    return [
      ["Wert", (found) => found.text],
      ["Spanne 95\u202f%", (found) => (found.value === null ? model.words.statuses[found.status] : found.hasSpan ? found.spanText + view.data.suffix : found.spanText)],
      ["zum Kreis", (found) => (found.number === null ? "Vergleichswert" : found.verdict)],
      ...(hasCounts ? [[`Anzahl: ${view.data.numerator}`, (found) => count(found.numerator)], [`Grundlage: ${view.data.denominator}`, (found) => count(found.denominator)]] : []),
      ["Angabe", (found) => [model.words.statuses[found.status], ...(found.quality && found.value !== null ? [model.words.qualities[found.quality]] : [])].join(", ")],
    ];
  }

  function comparison(a, b, view) {
    const shown = [a, b, view.kreis];
    return [
      el("p", { class: "finding" }, sentence(a, b)),
      el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Vergleich ${a.name} und ${b.name}` }, el("table", { class: "comparison" },
        el("caption", {}, `${a.name} und ${b.name} im Vergleich `, el("span", {}, `${view.data.name}, ${view.when}`)),
        el("thead", {}, el("tr", {}, el("td", {}), shown.map((found) => el("th", { scope: "col" }, found.name)))),
        el("tbody", {}, facts(view).map(([what, text]) => el("tr", {}, el("th", { scope: "row" }, what), shown.map((found) => el("td", {}, text(found)))))))),
    ];
  }

  /** Fill the panel of the chosen area, and the comparison below it. */
  function show(panel, below, view, state, on) {
    const find = (id) => view.rows.find((found) => found.id === id);
    const chosen = find(state.area) || view.kreis;
    const hadFocus = document.activeElement && document.activeElement.id === "explorer-vergleich";
    panel.replaceChildren(...[
      ...areaBlock(chosen, view),
      el("p", { class: "sub" }, view.data.limit),
      links(chosen, view),
      state.area ? chooser(view, state, on) : el("p", { class: "sub" }, `Ein Gebiet auf der Karte oder in der Tabelle wählen, dann lässt es sich mit einem zweiten vergleichen.`),
    ].filter(Boolean));
    if (hadFocus) document.getElementById("explorer-vergleich").focus();
    const other = state.area && find(state.other);
    below.replaceChildren(...(other ? comparison(chosen, other, view) : []));
    below.hidden = !other;
  }

  return { show, reading, overlap, sentence };
})();
