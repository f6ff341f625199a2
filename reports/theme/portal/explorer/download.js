/* What can be taken along: the picture seen (SVG, PNG) and the values seen (CSV), each with source and state inside. */
"use strict";

Atlas.download = (() => {
  const { svg, SVG } = Atlas.dom;
  const model = Atlas.model;
  const { shared, words } = model;
  const FONT = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', 'Liberation Sans', Arial, sans-serif";
  const SHEET = { width: 960, margin: 32, map: 620, line: 20 };
  const NOTE = "Die Zahl im Gebiet ist die Kennziffer, keine Rangfolge. Grenzen vereinfacht.";

  // Picture

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const pen = document.createElement("canvas").getContext("2d");

  /** Text in lines that fit a width in the picture's own font. */
  function wrap(text, width, size, weight = 400) {
    pen.font = `${weight} ${size}px ${FONT}`;
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${word}` : word;
      if (pen.measureText(longer).width <= width || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  /** Lines of text below each other; returns the nodes and the place below them. */
  function paragraph(text, x, y, width, size, look = {}) {
    const lines = wrap(text, width, size, look["font-weight"]);
    const step = Math.round(size * 1.35);
    const nodes = lines.map((line, place) => svg("text", { x, y: y + place * step, "font-size": size, fill: colour("ink"), ...look }, line));
    return { nodes, below: y + lines.length * step };
  }

  /** The hatches as patterns with their colours inside, so that the file needs no style sheet. */
  function patterns(statuses) {
    return statuses.map((status) => {
      const copy = document.getElementById(`lines-${status}`).cloneNode(true);
      for (const node of copy.querySelectorAll("*")) {
        const isDot = node.localName === "circle";
        node.removeAttribute("class");
        node.setAttribute(isDot ? "fill" : "stroke", colour("hatch"));
        if (!isDot) node.setAttribute("stroke-width", "1.6");
      }
      return copy;
    });
  }

  const fill = (css) => (css.startsWith("hatch-") ? `url(#lines-${css.slice(6)})` : colour(css));
  const onFill = (css) => (css.startsWith("hatch-") ? colour("ink") : colour(`t${css.slice(1)}`));

  function areas(view) {
    return view.rows.filter((found) => found.path).map((found) => {
      const area = view.level.areas.find((entry) => entry.id === found.id);
      const hatched = found.value === null;
      const halo = hatched ? { stroke: colour("ground"), "stroke-width": 4, "paint-order": "stroke" } : {};
      return svg("g", {},
        svg("path", { d: area.path, fill: fill(found.css), stroke: hatched ? colour("ink2") : colour("ground"), "stroke-width": 1.6, "stroke-linejoin": "round" }),
        svg("text", { x: area.x, y: area.y + 6, "font-size": 17, "font-weight": 600, "text-anchor": "middle", fill: onFill(found.css), ...halo }, String(area.number)));
    });
  }

  function outside(level) {
    return level.outside.flatMap((found) => [
      found.path ? svg("path", { d: found.path, fill: colour("surface") }) : null,
      svg("text", { x: found.x, y: found.y, "font-size": 14, "font-style": "italic", "text-anchor": "middle", fill: colour("ink2") }, found.name,
        svg("tspan", { x: found.x, dy: 17 }, "(nicht im Kreis)")),
    ]);
  }

  function ring(view, id, dash) {
    const area = id && view.level.areas.find((entry) => entry.id === id);
    if (!area) return [];
    const look = { d: area.path, fill: "none", "stroke-linejoin": "round" };
    return [svg("path", { ...look, stroke: colour("ground"), "stroke-width": 7 }), svg("path", { ...look, stroke: colour(dash ? "ink" : "focus"), "stroke-width": 3.6, "stroke-dasharray": dash || null })];
  }

  function scaleBar(level) {
    const copy = Atlas.map.scaleBar(level);
    copy.removeAttribute("class");
    for (const node of copy.querySelectorAll("path")) for (const [name, value] of [["fill", "none"], ["stroke", colour("ink2")], ["stroke-width", "1.2"]]) node.setAttribute(name, value);
    for (const node of copy.querySelectorAll("text")) for (const [name, value] of [["fill", colour("ink2")], ["font-size", "13"], ["text-anchor", "middle"]]) node.setAttribute(name, value);
    return copy;
  }

  function mapPart(view, state, top) {
    const [left, up, width, height] = view.level.viewBox.split(" ").map(Number);
    const scale = SHEET.map / width;
    const nodes = [...outside(view.level), ...areas(view), svg("path", { d: view.level.outline, fill: "none", stroke: colour("ink2"), "stroke-width": 1.6 }),
      ...ring(view, state.other, "8 5"), ...ring(view, state.area), scaleBar(view.level)];
    const place = `translate(${SHEET.margin} ${top}) scale(${scale.toFixed(4)}) translate(${-left} ${-up})`;
    return { nodes: [svg("g", { transform: place }, nodes)], below: top + height * scale };
  }

  /** Keys, names and values to the right of the map. */
  function keyPart(view, state, top) {
    const x = SHEET.margin + SHEET.map + 28;
    const right = SHEET.width - SHEET.margin;
    const line = (found, place, key) => {
      const isBold = found.id === state.area || found.id === state.other || !key;
      const look = { y: top + 12 + place * SHEET.line, "font-size": 14, fill: colour("ink"), "font-weight": isBold ? 600 : 400 };
      return [svg("text", { x: x + 18, "text-anchor": "end", ...look, fill: colour("ink2") }, key),
        svg("text", { x: x + 26, ...look }, found.name), svg("text", { x: right, "text-anchor": "end", ...look }, found.cell || ".")];
    };
    const lines = [...view.rows.flatMap((found, place) => line(found, place, String(found.number))), ...line(view.kreis, view.rows.length + 0.4, "")];
    return { nodes: lines, below: top + (view.rows.length + 2) * SHEET.line };
  }

  function legendPart(view, top) {
    const column = (SHEET.width - 2 * SHEET.margin) / 2;
    const half = Math.ceil(view.legend.length / 2);
    const nodes = view.legend.map((entry, place) => {
      const x = SHEET.margin + (place >= half ? column : 0);
      const y = top + (place % half) * 26;
      return svg("g", {},
        svg("rect", { x, y, width: 30, height: 18, fill: fill(entry.css), stroke: colour("hatch") }),
        entry.number ? svg("text", { x: x + 15, y: y + 14, "font-size": 13, "font-weight": 600, "text-anchor": "middle", fill: onFill(entry.css) }, String(entry.number)) : null,
        svg("text", { x: x + 40, y: y + 14, "font-size": 14, fill: colour("ink") }, `${entry.label} (${entry.count})`));
    });
    return { nodes, below: top + half * 26 };
  }

  /** What the reading line says of the chosen area, as text. */
  function readingText(view, state) {
    const found = view.rows.find((entry) => entry.id === state.area);
    if (!found) return "";
    if (found.value === null) return `${found.name}: ${found.text}`;
    const span = found.hasSpan ? `Spanne ${found.spanText}${view.data.suffix}` : found.spanText;
    const verdict = found.shape === "none" ? "" : `, ${words.verdictSentences[found.verdict]}`;
    return `${found.name}: ${found.text}, ${span}${verdict}`;
  }

  function missingText(view) {
    const { reason, deliverer } = view.data.missing;
    if (view.hasValues || !reason) return "";
    return `${reason}${deliverer ? ` Liefern kann: ${deliverer}.` : ""}`;
  }

  const editionText = () => [shared.edition.title, shared.edition.line, shared.edition.state, `Lauf ${shared.edition.run}`].filter(Boolean).join(" · ");

  /** The sheet as an SVG element that stands alone. */
  function picture(view, state) {
    const wide = SHEET.width - 2 * SHEET.margin;
    const nodes = [];
    let y = 48;
    const say = (text, size, look) => {
      if (!text) return;
      const part = paragraph(text, SHEET.margin, y, wide, size, look);
      nodes.push(...part.nodes);
      y = part.below;
    };
    say(view.title, 22, { "font-weight": 600 });
    say([view.data.question, `Einheit: ${view.data.unit}`, view.data.direction].filter(Boolean).join(" · "), 14, { fill: colour("ink2") });
    say(readingText(view, state) || missingText(view), 16, {});
    const top = y;
    const parts = [mapPart(view, state, top), keyPart(view, state, top)];
    nodes.push(...parts.flatMap((part) => part.nodes));
    const legend = legendPart(view, Math.max(...parts.map((part) => part.below)) + 20);
    nodes.push(...legend.nodes);
    y = legend.below + 22;
    const note = view.data.limits.length && view.hasValues ? `Klasse 1 enthält die niedrigsten Werte. ${shared.classRule} ${NOTE}` : NOTE;
    for (const text of [`${note} In Klammern: Zahl der ${view.level.plural}. ${view.level.note}`, model.sourceText(view), editionText()]) say(text, 12.5, { fill: colour("ink2") });
    return svg("svg", { xmlns: SVG, viewBox: `0 0 ${SHEET.width} ${Math.ceil(y + 12)}`, width: SHEET.width, height: Math.ceil(y + 12), "font-family": FONT, role: "img", lang: "de" },
      svg("title", {}, `${view.title}. ${shared.edition.title}`), svg("defs", {}, patterns([...new Set(view.legend.filter((entry) => !entry.number).map((entry) => entry.css.slice(6)))])),
      svg("rect", { width: "100%", height: "100%", fill: colour("ground") }), ...nodes);
  }

  const pictureText = (view, state) => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture(view, state))}\n`;

  function saveSvg(view, state) {
    save(new Blob([pictureText(view, state)], { type: "image/svg+xml" }), fileName(view, "svg"));
  }

  /** The same picture as pixels, twice as fine as on the screen. */
  async function savePng(view, state) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureText(view, state))}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    save(blob, fileName(view, "png"));
  }

  // Values

  const HEAD = ["Indikator", "Bezeichnung", "Ebene", "Gebiet", "Name", "Zeitbezug", "Wert", "Einheit", "Spanne von", "Spanne bis", "Anzahl", "Grundlage", "Status",
    "Angabe", "Qualität", "zum Kreis", "Grund", "Quelle", "Lizenz", "Ausgabe", "Stand der Ausgabe"];

  const decimal = (value) => (value === null ? "" : String(value).replace(".", ","));

  /** One field; a text that a spreadsheet would run as a formula is set off by an apostrophe. */
  function field(value) {
    const text = /^[=+@\t\r-]/.test(value) && !/^-?[\d,]+(e[+-]?\d+)?$/.test(value) ? `'${value}` : value;
    return /[";\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  /** The table seen, with semicolons and decimal comma as German spreadsheets expect; numbers unrounded as released. */
  function csvText(view) {
    const { data } = view;
    const credit = view.credits.map((entry) => entry.attribution).join(" | ");
    const licence = [...new Set(view.credits.map((entry) => entry.licence))].join(" | ");
    const line = (found) => [data.id, data.name, found.number === null ? "Kreis" : view.level.name, found.id, found.name, view.period,
      decimal(found.value), data.unit, decimal(found.lower), decimal(found.upper), decimal(found.numerator), decimal(found.denominator), found.status,
      words.statuses[found.status], found.quality ? words.qualities[found.quality] : "", found.number === null ? "" : found.verdict, found.reason, credit, licence,
      shared.edition.line, shared.edition.state];
    return `\ufeff${[HEAD, ...[...view.rows, view.kreis].map(line)].map((fields) => fields.map(field).join(";")).join("\r\n")}\r\n`;
  }

  function saveCsv(view) {
    save(new Blob([csvText(view)], { type: "text/csv;charset=utf-8" }), fileName(view, "csv"));
  }

  function fileName(view, ending) {
    const name = Atlas.search.fold(view.data.short).replaceAll(" ", "-");
    const when = view.data.latest ? `-${view.period.replace("/", "-bis-")}` : "";
    return `${view.data.id}-${name}${when}-${view.level.id}.${ending}`;
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  return { saveSvg, savePng, saveCsv, csvText, pictureText };
})();
