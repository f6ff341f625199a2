/* The development of one area: its line, the Kreis dashed, all others grey. A break is a gap, never a line. */
"use strict";

Atlas.trend = (() => {
  const { el, svg } = Atlas.dom;
  const { number, ticks } = Atlas.numbers;
  const model = Atlas.model;
  const SIZE = { height: 300, left: 52, right: 136, top: 46, bottom: 30, narrow: 460, narrowRight: 14 };

  /** Years cut at every break between two of them. */
  function segments(years, breaks) {
    const parts = [[]];
    for (const year of years) {
      const last = parts[parts.length - 1];
      const before = last[last.length - 1];
      if (last.length && breaks.some((gap) => before < gap.after && gap.after <= year)) parts.push([]);
      parts[parts.length - 1].push(year);
    }
    return parts;
  }

  /** Points of one area in runs: cut at breaks and at years without value. */
  function runs(points, parts) {
    const found = [];
    for (const part of parts) {
      let current = [];
      for (const point of points.filter((entry) => part.includes(entry.year))) {
        if (point.value !== null) current.push(point);
        else if (current.length) {
          found.push(current);
          current = [];
        }
      }
      if (current.length) found.push(current);
    }
    return found;
  }

  /** What a view and a choice mean for the chart; null where fewer than two years have a value. */
  function content(view, state) {
    const { data, level } = view;
    const all = level.areas.map((area) => ({ id: area.id, name: area.name, points: model.series(data, area) }));
    const kreis = { id: model.shared.kreis.id, name: model.shared.kreis.short, points: model.series(data, view.kreis) };
    const known = [...all, kreis].flatMap((line) => line.points).filter((point) => point.value !== null);
    const years = [...new Set(known.map((point) => point.year))].sort((a, b) => a - b);
    if (years.length < 2) return null;
    const find = (id) => all.find((line) => line.id === id);
    const lines = { area: find(state.area), other: find(state.other), kreis };
    const rest = all.filter((line) => line !== lines.area && line !== lines.other);
    return { data, years, parts: segments(years, data.breaks), lines, rest, known };
  }

  function scales(found, width) {
    const right = width < SIZE.narrow ? SIZE.narrowRight : SIZE.right;
    const named = [found.lines.area, found.lines.other].filter(Boolean).flatMap((line) => line.points);
    const ends = [...found.known.map((point) => point.value), ...named.flatMap((point) => [point.lower, point.upper])].filter((value) => value !== null);
    const axis = ticks(Math.min(0, ...ends), Math.max(0, ...ends));
    const low = axis.values[0];
    const high = axis.values[axis.values.length - 1];
    const first = found.years[0];
    const extent = found.years[found.years.length - 1] - first;
    const box = { left: SIZE.left, right: width - right, top: SIZE.top, bottom: SIZE.height - SIZE.bottom };
    return {
      box, axis, width,
      x: (year) => box.left + 6 + ((year - first) / extent) * (box.right - box.left - 12),
      y: (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top),
    };
  }

  const path = (points, scale, key = "value") =>
    points.map((point, place) => `${place ? "L" : "M"}${scale.x(point.year).toFixed(1)} ${scale.y(point[key]).toFixed(1)}`).join("");

  function grid(found, scale) {
    const { box, axis } = scale;
    const stretches = openStretches(found, scale);
    return svg("g", { class: "grid" },
      axis.values.map((tick) => [
        svg("path", { class: Math.abs(tick) < 1e-9 ? "zero" : "", d: stretches.map(([from, to]) => `M${from} ${scale.y(tick).toFixed(1)}H${to}`).join("") }),
        svg("text", { class: "tick", x: box.left - 8, y: scale.y(tick).toFixed(1), dy: "0.35em" }, number(tick, axis.decimals)),
      ]),
      svg("text", { class: "unit", x: 2, y: box.top - 30 }, found.data.unit),
      labelledYears(found, scale).map((year) => svg("text", { class: "year", x: scale.x(year).toFixed(1), y: box.bottom + 20 }, String(year))));
  }

  /** Horizontal extent of each segment: grid and axis stop at a break as well. */
  function openStretches(found, scale) {
    const edges = [scale.box.left];
    for (const [before, after] of pairs(found.parts)) {
      const middle = (scale.x(before[before.length - 1]) + scale.x(after[0])) / 2;
      const half = Math.min(8, (scale.x(after[0]) - scale.x(before[before.length - 1])) / 4);
      edges.push(middle - half, middle + half);
    }
    edges.push(scale.box.right);
    return Array.from({ length: edges.length / 2 }, (_, place) => [edges[2 * place].toFixed(1), edges[2 * place + 1].toFixed(1)]);
  }

  const pairs = (list) => list.slice(1).map((after, place) => [list[place], after]);

  /** First and last year, ends of segments, then every fifth year, as far as there is room. */
  function labelledYears(found, scale) {
    const ends = [found.years[0], found.years[found.years.length - 1], ...found.parts.flatMap((part) => [part[0], part[part.length - 1]])];
    const chosen = [];
    for (const [list, room] of [[ends, 40], [found.years.filter((year) => year % 5 === 0), 52], [found.years.length > 8 ? [] : found.years, 44]]) {
      for (const year of list) {
        if (chosen.every((other) => Math.abs(scale.x(year) - scale.x(other)) >= room)) chosen.push(year);
      }
    }
    return chosen;
  }

  function breakLines(found, scale) {
    return pairs(found.parts).map(([before, after]) => {
      const x = (scale.x(before[before.length - 1]) + scale.x(after[0])) / 2;
      const gap = found.data.breaks.find((entry) => before[before.length - 1] < entry.after && entry.after <= after[0]);
      const middle = Math.max(62, Math.min(x, scale.width - 62));
      return svg("g", { class: "break" },
        svg("path", { d: `M${x.toFixed(1)} ${scale.box.top - 6}V${scale.box.bottom + 4}` }),
        svg("text", { x: middle.toFixed(1), y: scale.box.top - 14 }, `Bruch ${gap.label}`));
    });
  }

  function line(found, scale, entry, css) {
    if (!entry) return [];
    return runs(entry.points, found.parts).flatMap((run) => [
      run.length > 1 ? svg("path", { class: `${css} edge`, d: path(run, scale) }) : null,
      run.length > 1 ? svg("path", { class: css, d: path(run, scale) })
        : svg("circle", { class: `${css} alone`, cx: scale.x(run[0].year).toFixed(1), cy: scale.y(run[0].value).toFixed(1), r: "3" }),
    ]);
  }

  /** The span of the chosen area as a band behind its line. */
  function band(found, scale, entry) {
    if (!entry) return [];
    return runs(entry.points, found.parts).filter((run) => run.length > 1 && run.every((point) => point.hasSpan)).map((run) =>
      svg("path", { class: "band", d: `${path(run, scale, "lower")}${path([...run].reverse(), scale, "upper").replace("M", "L")}Z` }));
  }

  /** Names at the ends of the lines, apart from each other; on a narrow chart the words below do this. */
  function endLabels(found, scale) {
    if (scale.width < SIZE.narrow) return [];
    const named = [["area", "end-area"], ["other", "end-other"], ["kreis", "end-kreis"]].filter(([key]) => found.lines[key])
      .map(([key, css]) => ({ css, name: found.lines[key].name, last: found.lines[key].points.findLast((point) => point.value !== null) }))
      .filter((label) => label.last).map((label) => ({ ...label, y: scale.y(label.last.value) })).sort((a, b) => a.y - b.y);
    named.forEach((label, place) => { if (place) label.y = Math.max(label.y, named[place - 1].y + 17); });
    return named.map((label) => svg("text", { class: `end ${label.css}`, x: scale.box.right + 4, y: label.y.toFixed(1), dy: "0.35em" }, label.name));
  }

  /** The chart as a drawing of a given width, or null where there is no series. */
  function chart(view, state, width) {
    const found = content(view, state);
    if (!found) return null;
    const scale = scales(found, Math.max(280, width));
    return svg("svg", { class: "trend", viewBox: `0 0 ${scale.width} ${SIZE.height}`, role: "img", "aria-label": alt(view, state, found), focusable: "false" },
      grid(found, scale), found.rest.flatMap((entry) => line(found, scale, entry, "others")), band(found, scale, found.lines.area),
      breakLines(found, scale), line(found, scale, found.lines.kreis, "kreis"), line(found, scale, found.lines.other, "compared"),
      line(found, scale, found.lines.area, "own"), endLabels(found, scale));
  }

  function alt(view, state, found) {
    const who = [found.lines.area, found.lines.other, found.lines.kreis].filter(Boolean).map((entry) => entry.name);
    const gaps = found.data.breaks.map((gap) => ` Bruch ${gap.label}.`).join("");
    return `Zeitreihe: ${view.data.name}, ${found.years[0]} bis ${found.years[found.years.length - 1]}, ${Atlas.numbers.join(who)}.${gaps} Alle Werte stehen in der Tabelle darunter.`;
  }

  /** Which line is which, in words. */
  function key(found, plural) {
    const entry = (css, text) => el("li", {}, svg("svg", { class: "key-line", viewBox: "0 0 30 8", "aria-hidden": "true", focusable: "false" }, svg("path", { class: css, d: "M0 4H30" })), text);
    return el("ul", { class: "trend-key" },
      found.lines.area ? entry("own", found.lines.area.name) : null,
      found.lines.other ? entry("compared", found.lines.other.name) : null,
      found.lines.kreis.points.some((point) => point.value !== null) ? entry("kreis", found.lines.kreis.name) : null,
      entry("others", found.lines.area ? `andere ${plural}` : `alle ${plural}`));
  }

  /** All years in words: chosen area, compared area, Kreis; a row of its own at every break. */
  function table(view, found) {
    const shown = [found.lines.area, found.lines.other, found.lines.kreis].filter(Boolean);
    const cell = (entry, year) => entry.points.find((point) => point.year === year);
    const rows = found.parts.flatMap((part, place) => [
      place ? el("tr", { class: "break-row" }, el("td", { colspan: String(shown.length + 1) }, breakWords(found, found.parts[place - 1], part))) : null,
      ...part.map((year) => el("tr", {}, el("th", { scope: "row" }, String(year)), shown.map((entry) => {
        const point = cell(entry, year);
        const text = point ? point.text : model.words.statuses.missing;
        return el("td", { class: "num" }, text, point && point.hasSpan ? el("span", { class: "span" }, point.spanText) : null);
      }))),
    ]);
    return el("details", {}, el("summary", {}, "Werte aller Jahre als Tabelle"), el("div", { class: "scroll" },
      el("table", {}, el("caption", {}, `${view.data.name}, alle Jahre`), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Jahr"), shown.map((entry) => el("th", { scope: "col", class: "num" }, entry.name)))), el("tbody", {}, rows))));
  }

  function breakWords(found, before, after) {
    const gap = found.data.breaks.find((entry) => before[before.length - 1] < entry.after && entry.after <= after[0]);
    return `Bruch ${gap.label}: ${gap.reason}. Über den Bruch hinweg wird nicht verglichen.`;
  }

  /** Fill `root` with heading, chart, key, sentence and table. */
  function show(root, view, state) {
    const found = content(view, state);
    const heading = el("h3", {}, found ? `Entwicklung ${found.years[0]} bis ${found.years[found.years.length - 1]}` : "Entwicklung");
    const wasOpen = Boolean(root.querySelector("details[open]"));
    if (!found) {
      const only = view.data.latest ? `Für diesen Indikator liegt nur ein Zeitpunkt vor: ${view.when}.` : "Ohne Zahlen gibt es keine Zeitreihe.";
      root.replaceChildren(heading, el("p", { class: "sub" }, only));
      return;
    }
    const lead = view.data.leads[state.area || model.shared.kreis.id];
    const drawing = el("div", { class: "trend-place" });
    const values = table(view, found);
    values.open = wasOpen;
    root.replaceChildren(heading, lead ? el("p", {}, lead) : "", drawing, key(found, view.level.plural), values);
    drawing.append(chart(view, state, drawing.clientWidth));
  }

  return { show, chart, segments, runs };
})();
