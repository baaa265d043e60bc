// SPDX-License-Identifier: MIT
// The page of `refsan triage --format html`. Words of the data are text only:
// no innerHTML anywhere. The list holds the rows that can be seen, however
// many bugs there are.
"use strict";
(() => {
const ROW = 64, SPARE = 8, MOST_BARS = 12, COLUMN = 132, LANE = 52;
const data = JSON.parse(document.getElementById("data").textContent);
const bugs = data.bugs;
const byId = new Map(bugs.map(bug => [bug.id, bug]));
const state = {query: "", kind: "", module: "", test: "", thread: "",
               shown: bugs, at: 0};

function make(tag, props, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
        if (name === "class") element.className = value;
        else if (name.startsWith("on")) element[name] = value;
        else element.setAttribute(name, value);
    }
    for (const child of children)
        if (child !== null && child !== undefined && child !== "")
            element.append(child);
    return element;
}

function drawn(tag, props, text) {
    const element = document.createElementNS("http://www.w3.org/2000/svg",
                                             tag);
    for (const [name, value] of Object.entries(props))
        element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
}

const times = count => count === 1 ? "1 time" : `${count} times`;

// ---- what is searched

for (const bug of bugs)
    bug.words = [bug.id, bug.kind, bug.title, bug.module, bug.where,
                 bug.function, bug.object, bug.source,
                 ...bug.tests.map(row => row[0]),
                 ...bug.stacks.flatMap(stack => stack.frames.map(
                     frame => frame[0] + " " + frame[1]))]
        .join("\n").toLowerCase();

function matches(bug) {
    return (!state.kind || bug.kind === state.kind) &&
        (!state.module || bug.module === state.module) &&
        (!state.test || bug.tests.some(row => row[0] === state.test)) &&
        (!state.thread || bug.threads.includes(state.thread)) &&
        state.query.toLowerCase().split(/\s+/).every(
            word => bug.words.includes(word));
}

function counted(values) {
    const counts = new Map();
    for (const value of values)
        if (value) counts.set(value, (counts.get(value) || 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

// ---- the frame of the page

const app = document.getElementById("app");
const search = make("input", {type: "search", "aria-label": "Search",
    placeholder: "Search (press /)", id: "search", autocomplete: "off"});
const summary = make("span", {class: "summary", role: "status",
                              "aria-live": "polite"});
const selects = {};

function select(name, label, values) {
    const box = make("select", {id: name, "aria-label": label},
        make("option", {value: ""}, `All ${label}`));
    for (const [value, count] of values.slice(0, 2000))
        box.append(make("option", {value}, `${value} (${count})`));
    box.onchange = () => { state[name] = box.value; filter(); };
    selects[name] = box;
    return box;
}

const list = make("div", {class: "list", role: "listbox", tabindex: "0",
                          id: "list", "aria-label": "Bugs"});
const spacer = make("div", {class: "spacer"});
list.append(spacer);
const details = make("main", {id: "details", tabindex: "-1"});
const themes = ["auto", "light", "dark"];
const theme = make("button", {id: "theme", type: "button"}, "Theme: auto");
theme.onclick = () => {
    const now = document.documentElement.dataset.theme || "auto";
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    theme.textContent = `Theme: ${next}`;
};
app.append(
    make("header", {}, make("h1", {}, "refsan triage"), summary,
        make("button", {type: "button", id: "overview",
                        onclick: () => choose(-1)}, "Overview"), theme),
    make("nav", {"aria-label": "Filters"}, search,
        select("kind", "kinds", counted(bugs.map(bug => bug.kind))),
        select("module", "modules", counted(bugs.map(bug => bug.module))),
        select("test", "tests", counted(bugs.flatMap(
            bug => bug.tests.map(row => row[0])))),
        select("thread", "threads", counted(bugs.flatMap(
            bug => bug.threads)))),
    list, details);

// ---- the list

function row(bug, at) {
    const chosen = at === state.at;
    return make("div", {class: "row", role: "option", id: `row-${at}`,
            "aria-selected": String(chosen), "aria-posinset": at + 1,
            "aria-setsize": state.shown.length,
            onclick: () => { choose(at); list.focus(); }},
        make("div", {class: "top"},
            bug.new ? make("span", {class: "chip new"}, "new") : null,
            make("span", {class: bug.severity}, bug.title)),
        make("div", {title: bug.where}, [bug.function,
            bug.where.split("/").pop()].filter(Boolean).join("  ")),
        make("div", {class: "low"}, [bug.kind, times(bug.count), bug.module,
            bug.cause ? `follows ${bug.cause}` : ""].filter(Boolean)
            .join(" · ")));
}

function draw() {
    const first = Math.max(Math.floor(list.scrollTop / ROW) - SPARE, 0);
    const last = Math.min(Math.ceil((list.scrollTop + list.clientHeight) /
        ROW) + SPARE, state.shown.length);
    spacer.style.height = `${state.shown.length * ROW}px`;
    const rows = [];
    for (let at = first; at < last; at++) {
        const element = row(state.shown[at], at);
        element.style.top = `${at * ROW}px`;
        rows.push(element);
    }
    if (!state.shown.length)
        rows.push(make("div", {class: "empty"}, "No bug matches."));
    spacer.replaceChildren(...rows);
    if (state.at >= first && state.at < last)
        list.setAttribute("aria-activedescendant", `row-${state.at}`);
    else list.removeAttribute("aria-activedescendant");
}

let isWaiting = false;
list.onscroll = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; draw(); });
};
window.onresize = draw;

function filter() {
    const bug = state.shown[state.at];
    state.shown = bugs.filter(matches);
    state.at = bug && state.at >= 0 ? state.shown.indexOf(bug) : -1;
    const all = state.shown.reduce((sum, own) => sum + own.count, 0);
    summary.textContent = `${state.shown.length} of ${bugs.length} bugs, ` +
        `reported ${times(all)}`;
    list.scrollTop = 0;
    draw();
    show();
}

function choose(at) {
    if (at >= state.shown.length) return;
    state.at = at;
    if (at >= 0) {
        const top = at * ROW;
        if (top < list.scrollTop) list.scrollTop = top;
        else if (top + ROW > list.scrollTop + list.clientHeight)
            list.scrollTop = top + ROW - list.clientHeight;
    }
    draw();
    show();
}

let isTyping = 0;
search.oninput = () => {
    clearTimeout(isTyping);
    isTyping = setTimeout(() => { state.query = search.value.trim();
                                  filter(); }, 80);
};

document.onkeydown = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inField = /^(INPUT|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape") {
        if (inField) list.focus(); else choose(-1);
        return;
    }
    if (inField) return;
    const page = Math.max(Math.floor(list.clientHeight / ROW) - 1, 1);
    const moves = {ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page,
                   PageUp: -page, Home: -Infinity, End: Infinity};
    if (event.key === "/") {
        search.focus();
        search.select();
    } else if (event.key in moves && state.shown.length &&
               !(details.contains(event.target) && event.key.length > 1)) {
        choose(Math.min(Math.max(state.at + moves[event.key], 0),
                        state.shown.length - 1));
    } else return;
    event.preventDefault();
};

// ---- one bug

function lineOf(step) {
    const count = step[3] === null && step[4] === null ? "" :
        ` ${step[3] === null ? "?" : step[3]} → ` +
        `${step[4] === null ? "?" : step[4]}`;
    return step[1] + count;
}

function cut(text, most) {
    return text.length > most ? text.slice(0, most - 1) + "…" : text;
}

// A lane for each thread; operations from left to right in their order.
function lanes(steps) {
    const threads = [...new Set(steps.map(step => step[0]))];
    const left = 130, width = left + steps.length * COLUMN + 30;
    const svg = drawn("svg", {width, height: threads.length * LANE + 8,
        role: "img", "aria-label": "The object's life: " + steps.map(
            step => `${step[0]}: ${lineOf(step)}`).join("; ")});
    threads.forEach((thread, lane) => {
        const y = lane * LANE + 20;
        svg.append(drawn("text", {x: 8, y: y + 4}, cut(thread, 18)),
                   drawn("line", {x1: left, x2: width, y1: y, y2: y}));
    });
    let before = null;
    steps.forEach((step, at) => {
        const x = left + at * COLUMN + 12;
        const y = threads.indexOf(step[0]) * LANE + 20;
        if (before && before[1] !== y)
            svg.prepend(drawn("path", {class: "way",
                d: `M${before[0]} ${before[1]} L${x} ${y}`}));
        before = [x, y];
        const dot = drawn("circle", {cx: x, cy: y, class: `dot ${step[5]}`,
            r: step[5] === "finding" ? 7 : 5});
        dot.append(drawn("title", {}, `${step[0]}: ${lineOf(step)} ` +
                                      step[2]));
        svg.append(dot, drawn("text", {x: x - 6, y: y + 19},
                              cut(lineOf(step), 19)),
            drawn("text", {x: x - 6, y: y + 32, class: "weak"},
                  cut(step[6], 21)));
    });
    return make("div", {class: "lanes", tabindex: "0"}, svg);
}

function source(number, hit) {
    const pre = make("pre", {});
    const rows = data.sources[number];
    for (const [line, text] of rows)
        pre.append(make("span", {class: line === hit ? "hit" : ""},
            `${String(line).padStart(5)}  ${text}`), "\n");
    return pre;
}

function stack(own) {
    const frames = make("ol", {});
    let others = [];
    const fold = () => {
        if (others.length > 2)
            frames.append(make("li", {}, make("details", {},
                make("summary", {}, `${others.length} other frames`),
                ...others)));
        else frames.append(...others);
        others = [];
    };
    for (const [name, where, isOwn, lines] of own.frames) {
        const item = make(isOwn ? "li" : "div",
            {class: isOwn ? "frame own" : "frame"}, name,
            where ? "  " + where : "");
        if (!isOwn) {
            others.push(item);
            continue;
        }
        fold();
        frames.append(item);
        if (lines !== null) {
            const rows = data.sources[lines];
            frames.append(source(lines, rows[rows.length - 1][0]));
        }
    }
    fold();
    return make("section", {class: "stack"},
        make("h4", {}, own.label + (own.who ? `, ${own.who}` : "")), frames);
}

function seen(where) {
    return `${where.file}:${where.line}` +
        (where.pid === null ? "" : `, pid ${where.pid}`) +
        (where.test ? `, ${where.test}` : "");
}

function link(id) {
    const bug = byId.get(id);
    return make("button", {class: "link", type: "button", onclick: () => {
        let at = state.shown.indexOf(bug);
        if (at < 0) { reset(); at = state.shown.indexOf(bug); }
        choose(at);
    }}, bug ? `${bug.kind}: ${bug.title}` : id);
}

function facts(bug) {
    const dl = make("dl", {});
    const add = (term, ...words) => {
        if (words.some(Boolean))
            dl.append(make("dt", {}, term), make("dd", {}, ...words));
    };
    add("Object", bug.object);
    add("Because", bug.because.join("; "));
    add("Fix", bug.fix);
    add("Risk", `${bug.class}: ${bug.why}`);
    add("Follows", bug.cause ? link(bug.cause) : "");
    for (const id of bug.then) add("Then", link(id));
    add("First seen", seen(bug.first));
    add("Last seen", seen(bug.last));
    add("Tests", bug.tests.slice(0, 20).map(
        ([name, count]) => `${name} (${count})`).join(", "));
    add("Python", bug.pythons.join("; "));
    add("Fingerprint", bug.id);
    add("Suppress", bug.suppress);
    return dl;
}

function showBug(bug) {
    const parts = [
        make("h2", {}, bug.title),
        make("div", {class: "place"}, [bug.function, bug.where]
            .filter(Boolean).join("  ")),
        make("div", {},
            make("span", {class: `chip ${bug.severity}`}, bug.severity),
            ...[bug.kind, times(bug.count), bug.certainty, bug.source,
                bug.module].filter(Boolean).map(
                    word => make("span", {class: "chip"}, word)))];
    if (bug.steps.length)
        parts.push(make("h3", {}, "The object across threads"),
                   lanes(bug.steps));
    if (bug.stacks.length)
        parts.push(make("h3", {}, "Stacks"),
            make("div", {class: "stacks"}, ...bug.stacks.map(stack)));
    parts.push(make("h3", {}, "Facts"), facts(bug));
    details.replaceChildren(...parts);
}

// ---- all bugs

function bars(name, title, values) {
    const most = values.length ? values[0][1] : 1;
    const box = make("div", {class: "bars"});
    for (const [value, count] of values.slice(0, MOST_BARS)) {
        const bar = make("div", {class: "bar"});
        bar.style.width = `${Math.max(count / most * 100, 1)}%`;
        box.append(make("button", {type: "button", onclick: () => {
            selects[name].value = value;
            state[name] = value;
            filter();
        }}, value), bar, String(count));
    }
    return [make("h3", {}, title), box];
}

function showAll() {
    const parts = [make("h2", {}, "Overview")];
    parts.push(...bars("module", "Bugs by module", counted(
        state.shown.map(bug => bug.module))));
    parts.push(...bars("kind", "Bugs by kind", counted(
        state.shown.map(bug => bug.kind))));
    parts.push(make("h3", {}, "Files"));
    for (const input of data.inputs) {
        parts.push(make("div", {}, `${input.name}: lines: ` +
            `${input.lines}, reports: ${input.reports}`));
        for (const problem of input.problems)
            parts.push(make("div", {class: "problems"},
                            `${problem.words} (${problem.count})`));
    }
    parts.push(make("h3", {}, "Keys"), make("p", {}, "/ search, ↓ ↑ or j k " +
        "the next and the last bug, Page Up, Page Down, Home, End, Escape " +
        "this overview"));
    details.replaceChildren(...parts);
}

function show() {
    const bug = state.shown[state.at];
    if (bug) showBug(bug); else showAll();
    details.scrollTop = 0;
}

function reset() {
    search.value = state.query = "";
    for (const name of Object.keys(selects))
        selects[name].value = state[name] = "";
    filter();
}

state.at = -1;
filter();
list.focus();
})();
