/* The map: areas in classes, one of them chosen, one compared. A list box for the keyboard, in the order of numbers. */
"use strict";

Atlas.map = (() => {
  const { el, svg } = Atlas.dom;

  /** The map of one level inside `root`. `on.choose(id)`, `on.point(id or "")`, `on.clear()` tell what people do. */
  function create(root, on) {
    let level = null;
    let groups = new Map();
    let rings = null;
    let drawing = null;
    let list = null;

    function draw(found) {
      level = found;
      // An area without outline is in the tables only: nobody shall come upon it here without seeing it.
      groups = new Map(level.areas.filter((area) => area.path).map((area) => [area.id, group(area)]));
      rings = svg("g", { class: "rings", "aria-hidden": "true" });
      list = svg("g", { role: "listbox" }, ...groups.values());
      drawing = svg("svg", { class: "map", viewBox: level.viewBox, focusable: "false" },
        outside(level), list, svg("path", { class: "kreis", d: level.outline }), rings, scaleBar(level));
      root.replaceChildren(drawing);
    }

    function group(area) {
      return svg("g", {
        class: "area", role: "option", tabindex: "-1", "aria-label": area.name, "data-gebiet": area.id,
        onclick: () => on.choose(area.id),
        onpointerenter: (event) => event.pointerType === "mouse" && on.point(area.id),
        onpointerleave: () => on.point(""),
        onfocus: () => on.point(area.id),
        onblur: () => on.point(""),
        onkeydown: (event) => press(event, area.id),
      }, svg("path", { d: area.path }), svg("text", { x: area.x, y: area.y, dy: "0.35em", "aria-hidden": "true" }, String(area.number)));
    }

    function press(event, id) {
      const ids = [...groups.keys()];
      const place = ids.indexOf(id);
      const steps = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: ids.length - 1 };
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in steps) focus(ids[Math.max(0, Math.min(steps[event.key], ids.length - 1))]);
      else if (event.key === "Enter" || event.key === " ") on.choose(id);
      else if (event.key === "Escape") on.clear();
      else return;
      event.preventDefault();
    }

    function focus(id) {
      rove(id);
      groups.get(id).focus();
    }

    function rove(id) {
      for (const [key, node] of groups) node.setAttribute("tabindex", key === id ? "0" : "-1");
    }

    function ring(id, css) {
      const area = id && level.areas.find((found) => found.id === id);
      return area ? [svg("path", { class: "halo", d: area.path }), svg("path", { class: css, d: area.path })] : [];
    }

    /** Show a view and a state: fills, the area chosen, compared and pointed at. */
    function show(view, state) {
      if (level !== view.level) draw(view.level);
      list.setAttribute("aria-label", `Karte ${view.title}. Pfeiltasten wechseln das Gebiet, die Eingabetaste wählt es.`);
      for (const found of view.rows) {
        const node = groups.get(found.id);
        if (!node) continue;
        node.setAttribute("class", `area ${found.css}`);
        node.setAttribute("aria-selected", String(found.id === state.area));
        const path = node.querySelector("path");
        if (found.value === null) path.setAttribute("fill", `url(#lines-${found.status})`);
        else path.removeAttribute("fill");
      }
      if (!list.contains(document.activeElement)) rove(groups.has(state.area) ? state.area : groups.keys().next().value);
      mark(state);
    }

    /** Only the rings: pointing at an area must not redraw the map. */
    function mark(state) {
      const pointed = state.pointed !== state.area ? state.pointed : "";
      const focused = document.activeElement && document.activeElement.dataset.gebiet === pointed && pointed;
      rings.replaceChildren(
        ...ring(state.other, "ring other"),
        ...ring(state.area, "ring"),
        ...(focused ? ring(pointed, "ring focus") : pointed ? [svg("path", { class: "pointed", d: shape(pointed) })] : []),
      );
    }

    const shape = (id) => level.areas.find((area) => area.id === id).path;

    return { show, mark };
  }

  /** Areas outside the Kreis: not missing, so without hatch, and named. */
  function outside(level) {
    return svg("g", { "aria-hidden": "true" }, level.outside.map((found) => [
      found.path ? svg("path", { class: "outside", d: found.path }) : null,
      svg("text", { class: "outside-name", x: found.x, y: found.y }, found.name,
        svg("tspan", { x: found.x, dy: "1.2em" }, "(nicht im Kreis)")),
    ]));
  }

  /** 0, 5 and 10 km in the lower right corner. */
  function scaleBar(level) {
    const [left, top, width, height] = level.viewBox.split(" ").map(Number);
    const long = 10 * level.kilometre;
    const x = left + width - long - 44;
    const y = top + height - 12;
    return svg("g", { class: "scale-bar", "aria-hidden": "true" },
      svg("path", { d: `M${x} ${y - 6}V${y}H${x + long}V${y - 6}M${x + long / 2} ${y - 6}V${y}` }),
      [0, 5, 10].map((km) => svg("text", { x: x + (long * km) / 10, y: y - 11 }, km === 10 ? "10 km" : String(km))));
  }

  /** The legend: class number in the swatch, words, number of areas. */
  function legend(view) {
    return el("ul", { class: "legend", "aria-label": `Legende, in Klammern die Zahl der ${view.level.plural}` }, view.legend.map((line) =>
      el("li", {},
        svg("svg", { class: `swatch ${line.css}`, viewBox: "0 0 30 18", "aria-hidden": "true", focusable: "false" },
          svg("rect", { x: "0.5", y: "0.5", width: "29", height: "17", fill: line.number ? null : `url(#lines-${line.css.slice(6)})` }),
          line.number ? svg("text", { x: "15", y: "13" }, String(line.number)) : null),
        el("span", {}, line.number ? Atlas.dom.heard(`Klasse ${line.number}: `) : null, `${line.label} (${line.count})`))));
  }

  return { create, legend, outside, scaleBar };
})();
