/* The choice in the address: #indikator=E01&jahr=2021&ebene=gemeinde&gebiet=06432004&vergleich=06432011 */
"use strict";

Atlas.address = (() => {
  const { shared, catalogue } = Atlas.model;
  const NAMES = { indicator: "indikator", year: "jahr", level: "ebene", area: "gebiet", other: "vergleich" };

  /** What the address asks for; null where it names no choice (e.g. a jump to a heading). */
  function read() {
    const text = location.hash.slice(1);
    if (!text.includes("=")) return null;
    const fields = new URLSearchParams(text);
    return Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, fields.get(name) || ""]));
  }

  /** Put the choice into the address without an entry in the history: going back leaves the page, not one click. */
  function write(state, data) {
    const fields = new URLSearchParams();
    fields.set(NAMES.indicator, state.indicator);
    if (data.latest) fields.set(NAMES.year, yearOf(data, state.period));
    fields.set(NAMES.level, state.level);
    if (state.area) fields.set(NAMES.area, state.area);
    if (state.other) fields.set(NAMES.other, state.other);
    const wanted = `#${fields}`;
    if (location.hash !== wanted) history.replaceState(null, "", wanted);
  }

  /** The year of a period, or the period itself where two periods share the year. */
  function yearOf(data, period) {
    const { year } = data.periods.find((found) => found.id === period);
    return data.periods.filter((found) => found.year === year).length > 1 ? period : String(year);
  }

  /** The period a year or a period in the address means; undefined where the level has none. */
  function periodOf(data, level, year) {
    const known = data.levels[level];
    return known.find((id) => id === year) || known.findLast((id) => String(data.periods.find((found) => found.id === id).year) === year);
  }

  /** The choice asked for, as far as it exists; `problems` are German sentences about what does not. */
  function resolve(wanted) {
    const problems = [];
    const state = { indicator: shared.start, level: shared.levels[0].id, year: wanted.year, area: "", other: "" };
    const unknown = (what, value, instead) => problems.push(`Der Link nennt ${what} „${value.slice(0, 40)}“; gezeigt wird ${instead}.`);
    if (catalogue.has(wanted.indicator)) state.indicator = wanted.indicator;
    else if (wanted.indicator) unknown("den unbekannten Indikator", wanted.indicator, catalogue.get(shared.start).name);
    const level = shared.levels.find((found) => found.id === wanted.level);
    if (level) state.level = level.id;
    else if (wanted.level) unknown("die unbekannte Ebene", wanted.level, shared.levels[0].name);
    const areas = shared.levels.find((found) => found.id === state.level).areas;
    for (const key of ["area", "other"]) {
      if (areas.some((found) => found.id === wanted[key])) state[key] = wanted[key];
      else if (wanted[key]) unknown("das hier unbekannte Gebiet", wanted[key], "die Karte ohne dieses Gebiet");
    }
    if (!state.area || state.other === state.area) state.other = "";
    return { state, problems };
  }

  return { read, write, resolve, periodOf };
})();
