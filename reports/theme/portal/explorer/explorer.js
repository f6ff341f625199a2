/* The map explorer: one state (indicator, period, level, area, second area) shown by map, table, chart and panels. */
"use strict";

Atlas.explorer = (() => {
  const { el } = Atlas.dom;
  const model = Atlas.model;
  const { shared, catalogue } = model;
  const DATA_WORDS = { kreis: "nur Kreiswert", none: "keine Angabe" };
  const HINT = "Ein Gebiet auf der Karte oder in der Tabelle wählen.";

  function start(root) {
    const parts = skeleton();
    let state = { indicator: shared.start, period: "", level: shared.levels[0].id, area: "", other: "", pointed: "" };
    let view = null;
    let request = 0;
    let isNear = false; // whether a reader came near the chart
    let trendScript = null;
    const on = { choose, point, clear: () => choose(""), compare, sort: () => {} };
    const map = Atlas.map.create(parts.map, on);
    const table = Atlas.table.create(parts.table, on);
    parts.actions.append(...actions());

    // What people do

    function choose(id) {
      const area = id === state.area ? "" : id;
      state = { ...state, area, other: area && area !== state.other ? state.other : "" };
      showArea();
    }

    function point(id) {
      if (state.pointed === id) return;
      state = { ...state, pointed: id };
      map.mark(state);
      table.mark(state);
      read();
    }

    function compare(id) {
      state = { ...state, other: id };
      showArea();
    }

    function chooseTheme(theme) {
      drawIndicators(theme);
      const usable = theme.indicators.find((entry) => entry.data === "gemeinde") || theme.indicators[0];
      change({ indicator: usable.id });
    }

    /** Another indicator, period or level; `problems` are sentences about what the address asked for in vain. */
    async function change(wanted, problems = []) {
      const mine = ++request;
      const next = { ...state, ...wanted };
      let data;
      let found;
      try {
        data = await model.indicator(next.indicator);
        found = settle(next, data, problems);
        if (!data.values[found.period]) await model.complete(data);
      } catch {
        tell([`Die Zahlen zu „${catalogue.get(next.indicator).name}“ ließen sich nicht laden. Fehlt die Datei ${next.indicator}.js im Ordner portal/daten?`]);
        drawControls();
        return;
      }
      if (mine !== request) return;
      state = found;
      view = model.view(data, state.period, state.level);
      tell(problems);
      showAll();
    }

    /** A state whose period and areas exist at its level. */
    function settle(next, data, problems) {
      const periods = data.levels[next.level];
      const latest = periods.includes(data.latest) ? data.latest : periods[periods.length - 1];
      let period = next.year === undefined ? next.period : Atlas.address.periodOf(data, next.level, next.year);
      if (next.year && !period) problems.push(`Der Link nennt das Jahr „${next.year.slice(0, 40)}“, für das es hier keine Zahlen gibt; gezeigt wird ${model.periodOf(data, latest).text}.`);
      if (!periods.includes(period)) period = latest;
      const areas = model.level(next.level).areas.map((area) => area.id);
      const area = areas.includes(next.area) ? next.area : "";
      return { indicator: next.indicator, level: next.level, period, area, other: area && areas.includes(next.other) ? next.other : "", pointed: "" };
    }

    // What is shown

    const trendSight = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      trendSight.disconnect();
      comeNear();
    }, { rootMargin: "150px" });

    function showAll() {
      drawControls();
      parts.title.textContent = view.title;
      parts.sub.replaceChildren(...describe());
      parts.legend.replaceChildren(...legendWords());
      parts.missing.replaceChildren(...missingWords());
      parts.missing.hidden = view.hasValues;
      map.show(view, state);
      table.show(view, state);
      showArea();
      if (!isNear) trendSight.observe(parts.trend); // now that map and table stand above it
    }

    function showArea() {
      map.show(view, state);
      table.mark(state);
      read();
      Atlas.compare.show(parts.area, parts.comparison, view, state, on);
      showTrend();
      Atlas.address.write(state, view.data);
    }

    /** The chart, its script and the earlier years are loaded when a reader comes near: most bytes of the first view. */
    async function showTrend() {
      const { data } = view;
      const waiting = (text) => parts.trend.replaceChildren(el("h3", {}, "Entwicklung"), el("p", { class: "sub waiting" }, text));
      if (!Atlas.trend || data.more) waiting("Die Zeitreihe wird geladen.");
      if (!isNear) return;
      try {
        if (!Atlas.trend) await (trendScript ??= Atlas.loading.script("explorer/trend.js"));
        await model.complete(data);
      } catch {
        trendScript = null;
        waiting("Die Zeitreihe ließ sich nicht laden.");
        return;
      }
      if (view.data === data) Atlas.trend.show(parts.trend, view, state);
    }

    function comeNear() {
      isNear = true;
      return view ? showTrend() : undefined;
    }

    /** The reading line: the area pointed at, else the chosen one, else what to do. */
    function read() {
      const found = view.rows.find((entry) => entry.id === (state.pointed || state.area));
      parts.reading.classList.toggle("chosen", Boolean(found) && found.id === state.area);
      parts.reading.replaceChildren(...(found ? Atlas.compare.reading(found, view).filter(Boolean) : [HINT]));
    }

    function tell(sentences) {
      parts.message.textContent = sentences.join(" ");
      parts.message.hidden = !sentences.length;
    }

    function describe() {
      const { data } = view;
      const unit = [data.unit && `Einheit: ${data.unit}`, data.direction].filter(Boolean).join("; ");
      return [data.question, unit && ` ${unit}.`, view.level.note && ` ${view.level.note}`].filter(Boolean);
    }

    function legendWords() {
      const outside = view.level.outside.map((found) => `${found.name} gehört nicht zum Kreis.`).join(" ");
      const rule = view.hasValues ? `Klasse 1 enthält die niedrigsten Werte. ${shared.classRule} ` : "";
      return [
        Atlas.map.legend(view),
        el("p", {}, `${rule}In Klammern: Zahl der ${view.level.plural}. Die Zahl im Gebiet ist die Kennziffer, keine Rangfolge. ${outside} Grenzen vereinfacht.`),
        el("p", {}, model.sourceText(view)),
      ];
    }

    function missingWords() {
      const { missing, data } = view.data;
      const known = data === "kreis" && view.kreis.value !== null
        ? `Eine Zahl liegt nur für den Kreis vor (${view.when}): ${view.kreis.text}.`
        : `Für die ${view.level.plural} liegt hier keine Zahl vor.`;
      return [el("p", {}, el("strong", {}, known), missing.reason ? ` ${missing.reason}` : ""), missing.deliverer ? el("p", {}, `Liefern kann: ${missing.deliverer}.`) : ""];
    }

    // Controls

    function drawControls() {
      const entry = catalogue.get(state.indicator);
      parts.theme.value = entry.theme.id;
      drawIndicators(entry.theme);
      for (const input of parts.indicators.querySelectorAll("input")) input.checked = input.value === state.indicator;
      parts.indicatorList.value = state.indicator;
      if (!view) return;
      const periods = view.data.levels[state.level];
      parts.period.replaceChildren(...[...periods].reverse().map((id) => el("option", { value: id, selected: id === state.period }, view.data.latest ? model.periodOf(view.data, id).text : "ohne Zahlen")));
      parts.period.disabled = periods.length < 2;
      for (const input of parts.levels.querySelectorAll("input")) input.checked = input.value === state.level;
    }

    function drawIndicators(theme) {
      if (parts.indicators.dataset.thema === theme.id) return;
      parts.indicators.dataset.thema = theme.id;
      parts.indicators.replaceChildren(...theme.indicators.map((entry) => el("label", { class: entry.data === "gemeinde" ? "option" : "option empty" },
        el("input", { type: "radio", name: "explorer-indikator", value: entry.id, onchange: () => change({ indicator: entry.id }) }),
        el("span", {}, entry.name, DATA_WORDS[entry.data] ? el("small", {}, DATA_WORDS[entry.data]) : null))));
      parts.indicatorList.replaceChildren(...theme.indicators.map((entry) =>
        el("option", { value: entry.id }, DATA_WORDS[entry.data] ? `${entry.name} (${DATA_WORDS[entry.data]})` : entry.name)));
    }

    parts.theme.append(...chapters().map(([chapter, themes]) => el("optgroup", { label: chapter }, themes.map((theme) => el("option", { value: theme.id }, theme.name)))));
    parts.theme.addEventListener("change", () => chooseTheme(shared.themes.find((theme) => theme.id === parts.theme.value)));
    parts.indicatorList.addEventListener("change", () => change({ indicator: parts.indicatorList.value }));
    parts.period.addEventListener("change", () => change({ period: parts.period.value }));
    parts.levels.append(...shared.levels.map((level) => el("label", {}, el("input", { type: "radio", name: "explorer-ebene", value: level.id, onchange: () => change({ level: level.id }) }), el("span", {}, level.name))));

    function actions() {
      const button = (text, action) => el("li", {}, el("button", { type: "button", class: "action", onclick: action }, text));
      return [
        button("Karte als SVG", () => take("saveSvg")),
        button("Karte als PNG", () => take("savePng")),
        button("Werte als CSV", () => take("saveCsv")),
        button("Link kopieren", copyLink),
        button("Drucken", printView),
      ];
    }

    /** Files are made by a script of their own: most visits take none. */
    async function take(action) {
      try {
        if (!Atlas.download) await Atlas.loading.script("explorer/download.js");
        await Atlas.download[action](view, state);
      } catch {
        tell(["Die Datei ließ sich nicht erzeugen."]);
      }
    }

    /** This view alone; the browser's own menu prints the whole page. */
    async function printView() {
      await comeNear();
      const page = document.documentElement;
      page.setAttribute("data-nur-karte", "");
      addEventListener("afterprint", () => page.removeAttribute("data-nur-karte"), { once: true });
      print();
    }

    async function copyLink() {
      try {
        await navigator.clipboard.writeText(location.href);
        tell(["Der Link zu dieser Ansicht ist kopiert."]);
      } catch {
        tell([`Der Link ließ sich nicht kopieren. Er steht in der Adresszeile: ${location.href}`]);
      }
    }

    function fromAddress() {
      const wanted = Atlas.address.read();
      if (!wanted) return false;
      const { state: found, problems } = Atlas.address.resolve(wanted);
      change(found, problems);
      return true;
    }

    // Start

    let width = 0;
    new ResizeObserver(() => {
      if (!view || parts.trend.clientWidth === width) return;
      width = parts.trend.clientWidth;
      showTrend();
    }).observe(parts.trend);
    addEventListener("hashchange", fromAddress);
    root.querySelector("[data-fest]").replaceWith(parts.root);
    root.setAttribute("data-explorer", "bereit");
    if (fromAddress()) root.scrollIntoView();
    else change({});
  }

  /** Chapters with their themes, in the order of the catalogue. */
  function chapters() {
    const found = new Map();
    for (const theme of shared.themes) found.set(theme.chapter, [...(found.get(theme.chapter) || []), theme]);
    return [...found];
  }

  /** The empty places of the explorer. */
  function skeleton() {
    const parts = {
      theme: el("select", { id: "explorer-thema" }),
      indicators: el("div", { class: "options" }),
      indicatorList: el("select", { id: "explorer-indikator-liste" }),
      period: el("select", { id: "explorer-jahr" }),
      levels: el("div", { class: "segments" }),
      title: el("h3", { id: "explorer-titel" }),
      sub: el("p", { class: "sub" }),
      message: el("p", { class: "message", role: "status", hidden: true }),
      reading: el("p", { class: "reading", role: "status" }),
      missing: el("div", { class: "missing" }),
      map: el("div", { class: "map-place" }),
      legend: el("div", { class: "legend-place" }),
      table: el("div", { class: "values-place" }),
      area: el("section", { class: "area-place", "aria-label": "Gewähltes Gebiet" }),
      trend: el("section", { class: "trend-panel", "aria-label": "Entwicklung" }),
      comparison: el("section", { class: "comparison-place", "aria-label": "Vergleich zweier Gebiete", hidden: true }),
      actions: el("ul", { class: "taken plain" }),
    };
    const choices = el("form", { class: "controls", "aria-label": "Auswahl", onsubmit: (event) => event.preventDefault() },
      el("p", { class: "field" }, el("label", { for: "explorer-thema" }, "Thema"), parts.theme),
      // One of both is shown: all choices at once where there is room, a list to open on a phone.
      el("fieldset", { class: "field listed" }, el("legend", {}, "Indikator"), parts.indicators),
      el("p", { class: "field dropped" }, el("label", { for: "explorer-indikator-liste" }, "Indikator"), parts.indicatorList),
      el("p", { class: "field short-field" }, el("label", { for: "explorer-jahr" }, "Jahr oder Stichtag"), parts.period),
      shared.levels.length > 1 ? el("fieldset", { class: "field levels" }, el("legend", {}, "Ebene"), parts.levels) : null);
    parts.root = el("div", { class: "explorer" }, choices,
      el("div", { class: "view" }, parts.message, parts.title, parts.sub, parts.reading, parts.missing, parts.map, parts.legend),
      parts.table,
      el("div", { class: "below" }, parts.area, parts.trend,
        el("section", { class: "take", "aria-label": "Mitnehmen" }, el("h3", {}, "Diese Ansicht"), parts.actions)),
      parts.comparison);
    return parts;
  }

  return { start };
})();
