"use strict";
/* Draws a trace: one canvas for each engine, all on one scale.
   A slice is [kind, function, start, lasts, own, cpu, who, depth, detail]; times are nanoseconds. */
(() => {
  const KIND = 0, NAME = 1, START = 2, LASTS = 3, OWN = 4, CPU = 5, WHO = 6, DEPTH = 7, DETAIL = 8;
  const RULER = 20, BAND = 20, GAP = 4, HATCHED = new Set(["wait", "await"]), MOST_WAYS = 120;
  const data = JSON.parse(document.getElementById("trace").textContent);
  const words = data.words;
  const about = document.getElementById("about");
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const still = matchMedia("(prefers-color-scheme: dark)");
  const look = { scale: 1, byWho: false, kinds: new Set(), people: new Set(), ways: true };
  let colours = {}, chosen = null, hovered = null, asked = 0;

  // --- one engine's drawing ---------------------------------------------------------------------------------
  const boards = data.engines.map((engine, at) => {
    const canvas = document.getElementById(`engine-${at}`);
    const many = engine.rows.length > 10;
    const board = { at, engine, canvas, ink: canvas.getContext("2d"), from: 0, lane: many ? 7 : 15, width: 0, gutter: 0, tops: [] };
    let top = RULER + BAND + GAP;
    for (const row of engine.rows) {
      row.alive = row.slices.some((slice) => slice[KIND] === "life");
      const deepest = Math.max(...row.slices.map((slice) => laneOf(row, slice)), 0);
      row.lanes = many ? Math.max(deepest + 1, 2) : deepest + 1;
      board.tops.push(top);
      top += row.lanes * board.lane + GAP;
    }
    board.height = top + 4;
    return board;
  });

  function laneOf(row, slice) { return row.alive && slice[KIND] !== "life" ? slice[DEPTH] - 1 : slice[DEPTH]; }

  function layout() {
    for (const board of boards) {
      const ratio = devicePixelRatio || 1;
      board.width = board.canvas.clientWidth;
      board.gutter = board.width < 600 ? 78 : 130;
      board.canvas.style.height = `${board.height}px`;
      board.canvas.width = Math.round(board.width * ratio);
      board.canvas.height = Math.round(board.height * ratio);
      board.ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
  }

  const room = () => boards[0].width - boards[0].gutter;
  const longest = Math.max(...data.engines.map((engine) => engine.end));
  const widest = () => longest * 1.03 / room();

  // --- colours ----------------------------------------------------------------------------------------------
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(name).trim();
    colours = { kinds: {}, people: [], hatches: {} };
    for (const name of ["paper", "ink", "quiet", "line", "panel", "accent"]) colours[name] = get(`--${name}`);
    for (const kind of Object.keys(data.kinds)) colours.kinds[kind] = get(`--k-${kind}`);
    const dark = still.matches, count = data.people.length;
    const few = dark ? ["#6cb6ff", "#ff9e57", "#3fd0a5", "#f48fb1", "#e8d44d"] : ["#0072b2", "#d55e00", "#009e73", "#b5478f", "#8a7a00"];
    colours.people = data.people.map((_, i) =>
      count <= few.length ? few[i] : `hsl(${Math.round(i * 137.5) % 360} ${dark ? 65 : 60}% ${(dark ? 58 : 42) + (i % 3) * 7}%)`);
    document.querySelectorAll("#people .swatch").forEach((swatch, i) => { swatch.style.backgroundColor = colours.people[i]; });
    for (const kind of HATCHED) colours.hatches[kind] = hatch(colours.kinds[kind]);
  }

  function hatch(colour) {
    const tile = document.createElement("canvas"), ink = tile.getContext("2d");
    tile.width = tile.height = 6;
    ink.fillStyle = colours.paper;
    ink.fillRect(0, 0, 6, 6);
    ink.strokeStyle = colour;
    ink.lineWidth = 2.2;
    for (const shift of [-6, 0, 6]) { ink.beginPath(); ink.moveTo(shift, 6); ink.lineTo(shift + 6, 0); ink.stroke(); }
    return boards[0].ink.createPattern(tile, "repeat");
  }

  const lights = new Map();
  function isLight(colour) {
    if (!lights.has(colour)) {
      const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      probe.fillStyle = colour;
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      lights.set(colour, 0.299 * r + 0.587 * g + 0.114 * b > 140);
    }
    return lights.get(colour);
  }

  // --- drawing ----------------------------------------------------------------------------------------------
  function redraw() {
    if (!asked) asked = requestAnimationFrame(() => { asked = 0; boards.forEach(draw); });
  }

  const x = (board, time) => board.gutter + (time - board.from) / look.scale;
  const wanted = (slice) => (!look.kinds.size || look.kinds.has(slice[KIND])) && (!look.people.size || look.people.has(slice[WHO]));

  function place(board, row, slice) {
    const at = board.engine.rows[row];
    const left = x(board, slice[START]), width = Math.max(slice[LASTS] / look.scale, 1.2);
    if (slice[KIND] === "life") return [left, board.tops[row], width, at.lanes * board.lane];
    return [left, board.tops[row] + laneOf(at, slice) * board.lane, width, board.lane - 1];
  }

  function draw(board) {
    const { ink, width, height, gutter, engine } = board;
    ink.fillStyle = colours.paper;
    ink.fillRect(0, 0, width, height);
    ink.save();
    ink.beginPath();
    ink.rect(gutter, 0, width - gutter, height);
    ink.clip();
    engine.rows.forEach((row, at) => drawLives(board, row, at));
    drawTime(board);
    engine.rows.forEach((row, at) => {
      for (const slice of row.slices) if (slice[KIND] !== "life") drawSlice(board, row, at, slice);
    });
    drawWays(board);
    for (const [mark, colour] of [[hovered, colours.quiet], [chosen, colours.ink]]) {
      if (!mark || mark.board !== board) continue;
      const [left, top, wide, high] = place(board, mark.row, engine.rows[mark.row].slices[mark.slice]);
      ink.strokeStyle = colour;
      ink.lineWidth = 2;
      ink.strokeRect(left - 1, top - 1, wide + 2, high + 2);
    }
    ink.restore();
    ink.fillStyle = colours.panel;
    ink.fillRect(0, 0, gutter, height);
    ink.font = `${board.lane < 12 ? 12 : 13}px system-ui, sans-serif`;
    ink.textBaseline = "middle";
    ink.fillStyle = colours.ink;
    engine.rows.forEach((row, at) => {
      ink.fillText(fitted(ink, row.title, gutter - 12), 7, board.tops[at] + row.lanes * board.lane / 2);
    });
    ink.fillStyle = colours.line;
    ink.fillRect(gutter - 1, 0, 1, height);
  }

  function drawTime(board) {
    const { ink, width, height, gutter, engine } = board;
    let step = 1;
    for (let i = 0; step / look.scale < 80; i++) step *= i % 3 === 1 ? 2.5 : 2;
    ink.font = "11px system-ui, sans-serif";
    ink.textBaseline = "middle";
    for (let time = Math.ceil(board.from / step) * step; x(board, time) < width; time += step) {
      ink.fillStyle = colours.line;
      ink.fillRect(Math.round(x(board, time)), 0, 1, height);
      ink.fillStyle = colours.quiet;
      ink.fillText(lasting(time), x(board, time) + 4, RULER / 2);
    }
    for (const [title, start, end] of engine.phases) {
      const left = Math.max(x(board, start), gutter), right = x(board, end);
      if (right < gutter || left > width) continue;
      ink.fillStyle = colours.panel;
      ink.fillRect(left, RULER, right - left, BAND - 3);
      ink.fillStyle = colours.accent;
      ink.fillRect(x(board, start), RULER, 1.5, height);
      ink.fillStyle = colours.ink;
      const wide = Math.min(right, width) - left - 10;
      if (wide > 24) ink.fillText(fitted(ink, title, wide), left + 6, RULER + BAND / 2 - 1);
    }
  }

  function drawLives(board, row, at) {
    board.ink.fillStyle = colours.kinds.life;
    for (const slice of row.slices) if (slice[KIND] === "life") board.ink.fillRect(...place(board, at, slice));
  }

  function drawSlice(board, row, at, slice) {
    const [left, top, wide, high] = place(board, at, slice);
    if (left > board.width || left + wide < board.gutter) return;
    const ink = board.ink, kind = slice[KIND];
    const plain = look.byWho ? (slice[WHO] < 0 ? colours.quiet : colours.people[slice[WHO]]) : colours.kinds[kind];
    ink.globalAlpha = wanted(slice) ? 1 : 0.13;
    if (HATCHED.has(kind)) {
      ink.fillStyle = colours.hatches[kind];
      ink.fillRect(left, top, wide, high);
      ink.strokeStyle = colours.kinds[kind];
      ink.lineWidth = 1;
      if (wide > 3) ink.strokeRect(left + 0.5, top + 0.5, wide - 1, high - 1);
    } else {
      ink.fillStyle = plain;
      ink.fillRect(left, top, wide, high);
    }
    if (wide > 4 && look.scale < 1e5) {  // neighbours are told apart by a thin line of paper
      ink.fillStyle = colours.paper;
      ink.fillRect(left + wide - 0.6, top, 0.6, high);
    }
    const seen = Math.min(left + wide, board.width) - Math.max(left, board.gutter);
    if (board.lane >= 12 && seen > 30) {
      ink.font = "11px system-ui, sans-serif";
      ink.fillStyle = HATCHED.has(kind) ? colours.ink : isLight(plain) ? "#111" : "#fff";
      const who = slice[WHO] < 0 || slice[WHO] === row.who ? "" : ` ${data.people[slice[WHO]]}`;
      const text = fitted(ink, data.kinds[kind] + who, seen - 6);
      if (HATCHED.has(kind)) {
        const wideText = ink.measureText(text).width;
        ink.fillStyle = colours.paper;
        ink.fillRect(Math.max(left, board.gutter) + 2, top + 1, wideText + 3, high - 2);
        ink.fillStyle = colours.ink;
      }
      ink.fillText(text, Math.max(left, board.gutter) + 3, top + high / 2 + 0.5);
    }
    ink.globalAlpha = 1;
  }

  function fitted(ink, text, width) {
    if (ink.measureText(text).width <= width) return text;
    let end = Math.max(0, Math.floor(text.length * width / ink.measureText(text).width));
    while (end > 0 && ink.measureText(`${text.slice(0, end)}…`).width > width) end--;
    return end > 1 ? `${text.slice(0, end)}…` : "";
  }

  function drawWays(board) {
    const near = board.engine.arrows.filter((arrow) => [0, 2].some((end) => {
      const at = x(board, board.engine.rows[arrow[end]].slices[arrow[end + 1]][START]);
      return at >= board.gutter && at <= board.width;
    }));
    const marks = [chosen, hovered].filter((mark) => mark && mark.board === board);
    for (const arrow of near) {
      const strong = marks.some((mark) => [0, 2].some((end) => arrow[end] === mark.row && arrow[end + 1] === mark.slice));
      if (!strong && !(look.ways && near.length <= MOST_WAYS)) continue;
      const [fromLeft, fromTop, fromWide, fromHigh] = place(board, arrow[0], board.engine.rows[arrow[0]].slices[arrow[1]]);
      const [toLeft, toTop, , toHigh] = place(board, arrow[2], board.engine.rows[arrow[2]].slices[arrow[3]]);
      const from = [fromLeft + fromWide, fromTop + fromHigh / 2], to = [toLeft, toTop + toHigh / 2];
      const bend = Math.max(12, Math.min(60, Math.abs(to[0] - from[0]) / 2));
      const ink = board.ink;
      ink.globalAlpha = strong ? 1 : 0.45;
      ink.strokeStyle = ink.fillStyle = strong ? colours.accent : colours.ink;
      ink.lineWidth = strong ? 2 : 1;
      ink.beginPath();
      ink.moveTo(from[0], from[1]);
      ink.bezierCurveTo(from[0] + bend, from[1], to[0] - bend, to[1], to[0], to[1]);
      ink.stroke();
      ink.beginPath();
      ink.moveTo(to[0], to[1]);
      ink.lineTo(to[0] - 6, to[1] - 3);
      ink.lineTo(to[0] - 6, to[1] + 3);
      ink.fill();
      ink.globalAlpha = 1;
    }
  }

  // --- words ------------------------------------------------------------------------------------------------
  function lasting(time) {
    const size = Math.abs(time);
    if (size >= 1e6) return `${number.format(time / 1e6)} ms`;
    if (!size) return "0 ms";  // also for -0
    return size >= 1e3 ? `${number.format(time / 1e3)} µs` : `${number.format(time)} ns`;
  }

  function ranges(numbers) {
    const found = [];
    for (const one of numbers) {
      const last = found[found.length - 1];
      if (last && last[1] === one - 1) last[1] = one; else found.push([one, one]);
    }
    return found.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
  }

  function tell(mark) {
    about.replaceChildren();
    const head = document.createElement("p");
    about.append(head);
    if (!mark) { head.textContent = words.nothing; return; }
    const row = mark.board.engine.rows[mark.row], slice = row.slices[mark.slice];
    const strong = document.createElement("strong");
    strong.textContent = data.kinds[slice[KIND]];
    head.append(strong, slice[WHO] < 0 ? "" : ` · ${data.people[slice[WHO]]}`, ` · ${mark.board.engine.name} / ${row.title}`);
    const list = document.createElement("dl");
    const say = (name, value) => {
      const pair = document.createElement("div"), term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = name;
      text.textContent = value;
      pair.append(term, text);
      list.append(pair);
    };
    say(words.begins, lasting(slice[START]));
    say(words.lasts, lasting(slice[LASTS]));
    if (slice[OWN] !== slice[LASTS]) say(words.own, lasting(slice[OWN]));
    if (slice[CPU] >= 0 && slice[KIND] !== "life") say(words.cpu, lasting(slice[CPU]));
    say(words.function, slice[NAME]);
    for (const [name, value] of Object.entries(slice[DETAIL])) {
      say(words[name] || name, Array.isArray(value) ? ranges(value) : typeof value === "number" ? number.format(value) : value);
    }
    const other = (end) => mark.board.engine.arrows.filter((arrow) => arrow[2 - end] === mark.row && arrow[3 - end] === mark.slice)
      .map((arrow) => data.people[mark.board.engine.rows[arrow[end]].slices[arrow[end + 1]][WHO]]);
    const to = [...new Set(other(2))], from = [...new Set(other(0))];
    if (to.length) say(words.heard, to.join(", "));
    if (from.length) say(words.said, from.join(", "));
    about.append(list);
  }

  function choose(mark) {
    chosen = mark;
    hovered = null;
    tell(mark);
    redraw();
  }

  // --- moving -----------------------------------------------------------------------------------------------
  function zoom(factor, board, pixel) {
    const before = look.scale;
    look.scale = Math.min(Math.max(before * factor, 20), widest());
    for (const other of boards) other.from += (pixel - board.gutter) * (before - look.scale);
    keep();
    pressed(-2);
  }

  function move(pixels) {
    for (const board of boards) board.from += pixels * look.scale;
    keep();
    pressed(-2);
  }

  function keep() {
    for (const board of boards) {
      const seen = room() * look.scale;
      board.from = Math.min(Math.max(board.from, -0.02 * seen), Math.max(-0.02 * seen, board.engine.end - 0.5 * seen));
    }
    redraw();
  }

  function everything() {
    look.scale = widest();
    for (const board of boards) board.from = -0.015 * room() * look.scale;
    redraw();
    pressed(-1);
  }

  function phase(at) {
    look.scale = Math.max(...data.engines.map((engine) => engine.phases[at][2] - engine.phases[at][1])) * 1.1 / room();
    for (const board of boards) board.from = board.engine.phases[at][1] - 0.04 * room() * look.scale;
    redraw();
    pressed(at);
  }

  const buttons = [];
  function pressed(at) { buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i - 1 === at))); }

  for (const [at, title] of [[-1, words.all], ...data.engines[0].phases.map(([title], at) => [at, title])]) {
    const button = document.createElement("button");
    button.textContent = title;
    button.addEventListener("click", () => (at < 0 ? everything() : phase(at)));
    buttons.push(button);
    document.getElementById("phases").append(button);
  }

  const middle = () => boards[0].gutter + room() / 2;
  document.getElementById("in").addEventListener("click", () => zoom(0.5, boards[0], middle()));
  document.getElementById("out").addEventListener("click", () => zoom(2, boards[0], middle()));
  document.getElementById("left").addEventListener("click", () => move(-room() / 3));
  document.getElementById("right").addEventListener("click", () => move(room() / 3));

  function toggle(button, on) { button.setAttribute("aria-pressed", String(on)); }
  const byWho = document.getElementById("by-who"), ways = document.getElementById("ways");
  byWho.addEventListener("click", () => { look.byWho = !look.byWho; toggle(byWho, look.byWho); redraw(); });
  ways.addEventListener("click", () => { look.ways = !look.ways; toggle(ways, look.ways); redraw(); });
  for (const [list, set, key] of [["kinds", look.kinds, "kind"], ["people", look.people, "who"]]) {
    document.querySelectorAll(`#${list} button`).forEach((button) => {
      const value = key === "who" ? Number(button.dataset.who) : button.dataset.kind;
      button.addEventListener("click", () => {
        if (!set.delete(value)) set.add(value);
        toggle(button, set.has(value));
        redraw();
      });
    });
  }

  // --- pointing ---------------------------------------------------------------------------------------------
  function found(board, left, top) {
    const row = board.tops.findIndex((start, at) => top >= start && top < start + board.engine.rows[at].lanes * board.lane);
    if (row < 0 || left < board.gutter) return null;
    let best = null, nearest = 5;
    board.engine.rows[row].slices.forEach((slice, at) => {
      const [start, above, wide, high] = place(board, row, slice);
      if (top < above || top > above + high + 1) return;
      const far = Math.max(start - left, left - start - wide, 0);
      if (far < nearest || (far === 0 && far <= nearest)) { nearest = far; best = { board, row, slice: at }; }
    });
    return best;
  }

  for (const board of boards) {
    const canvas = board.canvas, down = new Map();
    let moved = 0;
    const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left - 1, event.clientY - box.top - 1]; };
    canvas.addEventListener("pointerdown", (event) => { down.set(event.pointerId, spot(event)); moved = 0; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      const now = spot(event), before = down.get(event.pointerId);
      if (!before) {
        const over = found(board, ...now);
        if (over?.slice !== hovered?.slice || over?.row !== hovered?.row || over?.board !== hovered?.board) {
          hovered = over;
          if (!chosen) tell(over);
          redraw();
        }
        return;
      }
      if (down.size === 2) {
        const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const was = Math.abs(before[0] - other[0]), is = Math.abs(now[0] - other[0]);
        if (was > 4 && is > 4) zoom(was / is, board, (now[0] + other[0]) / 2);
      } else if (event.buttons) {
        move(before[0] - now[0]);
        canvas.classList.add("dragged");
      }
      moved += Math.abs(before[0] - now[0]);
      down.set(event.pointerId, now);
    });
    const up = (event) => {
      if (down.delete(event.pointerId) && moved < 4 && event.type === "pointerup") choose(found(board, ...spot(event)));
      canvas.classList.remove("dragged");
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => { if (hovered) { hovered = null; if (!chosen) tell(null); redraw(); } });
    canvas.addEventListener("wheel", (event) => {
      const [left] = spot(event);
      if (left < board.gutter) return;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        move(event.deltaX || event.deltaY);
      } else if (event.deltaY < 0 || look.scale < widest()) {  // nothing left to zoom out: the page scrolls on
        event.preventDefault();
        zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), board, left);
      }
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => key(board, event));
  }

  // --- keys -------------------------------------------------------------------------------------------------
  function key(board, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = chosen && chosen.board === board ? chosen : null;
    const centre = here ? x(board, board.engine.rows[here.row].slices[here.slice][START]) : middle();
    const actions = {
      "+": () => zoom(0.5, board, centre), "=": () => zoom(0.5, board, centre), "-": () => zoom(2, board, centre),
      "0": everything, Escape: () => choose(null),
      ArrowLeft: () => (event.shiftKey ? move(-room() / 6) : go(board, here, -1, 0)),
      ArrowRight: () => (event.shiftKey ? move(room() / 6) : go(board, here, 1, 0)),
      ArrowUp: () => go(board, here, 0, -1), ArrowDown: () => go(board, here, 0, 1),
    };
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  }

  function go(board, here, along, across) {
    const rows = board.engine.rows;
    let row = here ? here.row : 0, slice = 0;
    if (!here) {
      row = Math.max(0, rows.findIndex((one) => one.slices.some((piece) => piece[KIND] !== "life" && piece[START] >= board.from)));
      slice = Math.max(0, rows[row].slices.findIndex((piece) => piece[KIND] !== "life" && piece[START] >= board.from));
    } else if (along) {
      slice = Math.min(Math.max(here.slice + along, 0), rows[row].slices.length - 1);
    } else {
      const time = rows[row].slices[here.slice][START];
      row = Math.min(Math.max(row + across, 0), rows.length - 1);
      const far = (at) => (rows[row].slices[at][KIND] === "life" ? Infinity : Math.abs(rows[row].slices[at][START] - time));
      slice = row === here.row ? here.slice : rows[row].slices.reduce((best, _, at) => (far(at) < far(best) ? at : best), 0);
    }
    const piece = rows[row].slices[slice], left = x(board, piece[START]);
    if (left < board.gutter || left > board.width - 20) {
      move(left - board.gutter - room() / 3);
    }
    choose({ board, row, slice });
    const box = board.canvas.getBoundingClientRect(), at = box.top + board.tops[row];
    const high = rows[row].lanes * board.lane, foot = about.getBoundingClientRect().top;
    if (at < 0) scrollBy(0, at - 40); else if (at + high > foot) scrollBy(0, at + high - foot + 20);
  }

  // --- begin ------------------------------------------------------------------------------------------------
  readColours();
  layout();
  phase(data.main);
  tell(null);
  still.addEventListener("change", () => { readColours(); redraw(); });
  let wide = boards[0].width;
  new ResizeObserver(() => {
    if (boards[0].canvas.clientWidth === wide) return;
    wide = boards[0].canvas.clientWidth;
    const from = boards.map((board) => board.from), seen = room() * look.scale;
    layout();
    look.scale = seen / room();
    boards.forEach((board, at) => { board.from = from[at]; });
    redraw();
  }).observe(boards[0].canvas);
})();
