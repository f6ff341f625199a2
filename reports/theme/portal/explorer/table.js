/* The table beside the map: same areas, same state. Sorting never makes a rank: every row keeps its number. */
"use strict";

Atlas.table = (() => {
  const { el, svg, heard, sign } = Atlas.dom;
  const model = Atlas.model;
  const PLOT = { width: 120, margin: 6 };
  const order = new Intl.Collator("de");
  const verdictOrder = (found) => model.words.verdicts.indexOf(found.verdict);
  // How two rows compare by each column; a row without a value stands last in both directions.
  const COLUMNS = {
    number: (a, b) => a.number - b.number,
    name: (a, b) => order.compare(a.name, b.name),
    value: (a, b) => a.value - b.value,
    verdict: (a, b) => verdictOrder(a) - verdictOrder(b),
  };

  /** The table inside `root`. `on.choose(id)`, `on.point(id or "")`, `on.sort(text)` tell what people do. */
  function create(root, on) {
    let sorted = { column: "number", direction: 1 };
    let current = null;
    let lines = new Map();

    function show(view, state) {
      if (current !== view) draw(view);
      mark(state);
    }

    function draw(view) {
      current = view;
      const plots = new Map(view.rows.map((found, place) => [found.id, place]));
      const places = model.plots(view);
      lines = new Map(arranged(view.rows).map((found) => [found.id, line(found, places[plots.get(found.id)])]));
      root.replaceChildren(
        el("table", { class: "values explorer-table" }, caption(view), head(view),
          el("tbody", {}, ...lines.values(), kreisLine(view))),
      );
    }

    function arranged(rows) {
      const compare = COLUMNS[sorted.column];
      const needsValue = ["value", "verdict"].includes(sorted.column);
      return [...rows].sort((a, b) => {
        if (needsValue && (a.value === null || b.value === null)) return (a.value === null) - (b.value === null) || a.number - b.number;
        return sorted.direction * compare(a, b) || a.number - b.number;
      });
    }

    function caption(view) {
      const reference = view.kreis.value === null ? "" : `; gestrichelt: Kreis ${view.kreis.text}`;
      const help = view.rows.some((found) => found.hasSpan) ? `Linie: Spanne 95\u202f%${reference}` : "Zu diesen Werten gibt es keine Spanne.";
      return el("caption", {}, "Alle Werte ", el("span", {}, view.hasValues ? help : "Für diese Gebiete liegt keine Zahl vor."));
    }

    function head(view) {
      const cell = (column, css, ...label) => {
        const isChosen = sorted.column === column;
        const arrow = isChosen ? (sorted.direction > 0 ? "\u2191" : "\u2193") : "";
        const button = el("button", { type: "button", class: "sort", "data-spalte": column, onclick: () => sort(column, view) },
          ...label, el("span", { class: "sort-arrow", "aria-hidden": "true" }, arrow));
        const state = isChosen ? (sorted.direction > 0 ? "ascending" : "descending") : "none";
        return el("th", { scope: "col", class: css, "aria-sort": state }, button);
      };
      return el("thead", {}, el("tr", {},
        cell("number", "key-head", el("abbr", { title: "Kennziffer, keine Rangfolge" }, "Nr.")),
        cell("name", "", view.level.name),
        cell("value", "num", view.data.unit || "Wert"),
        el("th", { scope: "col", class: "span-head" }, "Spanne"),
        cell("verdict", "", "zum Kreis")));
    }

    function sort(column, view) {
      sorted = { column, direction: sorted.column === column ? -sorted.direction : 1 };
      const state = [...lines].find(([, node]) => node.classList.contains("chosen"));
      draw(view);
      if (state) lines.get(state[0]).classList.add("chosen");
      root.querySelector(`[data-spalte="${column}"]`).focus();
      on.sort();
    }

    function line(found, place) {
      const button = el("button", { type: "button", class: "row", "aria-pressed": "false", onclick: (event) => { event.stopPropagation(); on.choose(found.id); }, onfocus: () => on.point(found.id), onblur: () => on.point("") }, found.name);
      return el("tr", {
        "data-gebiet": found.id,
        onclick: () => on.choose(found.id),
        onpointerenter: (event) => event.pointerType === "mouse" && on.point(found.id),
        onpointerleave: () => on.point(""),
      },
      el("td", { class: "key" }, String(found.number)), el("th", { scope: "row" }, button), valueCell(found),
      el("td", {}, place ? el("span", { class: "pair-cell" }, el("span", { class: "wide" }, found.spanText), plot(place)) : absent(found)),
      verdictCell(found));
    }

    /** The reason stands in the reading line and on the page of the indicator: here the status in words. */
    const absent = (found) => el("span", { class: "absent" }, model.words.statuses[found.status]);

    function mark(state) {
      for (const [id, node] of lines) {
        node.classList.toggle("chosen", id === state.area);
        node.classList.toggle("other", id === state.other);
        node.classList.toggle("pointed", id === state.pointed);
        node.querySelector("button").setAttribute("aria-pressed", String(id === state.area));
      }
    }

    return { show, mark };
  }

  function valueCell(found) {
    const notes = model.remarks(found);
    if (found.signed) {
      return el("td", { class: "num strong" }, el("span", { "aria-hidden": "true" }, found.cell), heard(model.words.statuses[found.status]));
    }
    return el("td", { class: "num strong" }, found.cell, notes.length ? heard(` (${notes.join(", ")})`) : null);
  }

  function verdictCell(found) {
    return el("td", {}, el("span", { class: found.shape === "none" ? "" : "verdict" }, sign(found.shape), el("span", {}, found.verdict)));
  }

  function kreisLine(view) {
    const { kreis } = view;
    return el("tr", { class: "total" }, el("td", {}, heard("ohne Kennziffer")), el("th", { scope: "row" }, kreis.name), valueCell(kreis),
      el("td", {}, kreis.value === null ? model.words.statuses[kreis.status] : kreis.spanText),
      el("td", {}, el("span", { class: "verdict" }, el("span", {}, kreis.value === null ? "kein Vergleich" : "Vergleichswert"))));
  }

  /** Span as a line, value as a dot, the Kreis dashed; the numbers stand beside it. */
  function plot(place) {
    const x = (part) => (PLOT.margin + part * (PLOT.width - 2 * PLOT.margin)).toFixed(1);
    return svg("svg", { class: "plot", viewBox: `0 0 ${PLOT.width} 18`, "aria-hidden": "true", focusable: "false" },
      place.kreis === null ? null : svg("path", { class: "line", d: `M${x(place.kreis)} 0V18` }),
      place.low === null || place.high === null ? null : svg("path", { class: "bar", d: `M${x(place.low)} 9H${x(place.high)}` }),
      svg("circle", { class: "dot", cx: x(place.value), cy: "9", r: "3.6" }));
  }

  return { create };
})();
