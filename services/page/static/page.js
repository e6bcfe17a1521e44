// The moving parts of the page. Without them it shows the same things and does not update by itself.
"use strict";

const MAX_LINES = 200;
const ANNOUNCE_EVERY = 5000;

function parseLine(html) {
  // The server has escaped every value with the template that wrote the first lines.
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}

function startStream(list) {
  const pause = document.getElementById("pause");
  const waiting = document.getElementById("waiting");
  const news = document.getElementById("news");
  const state = document.getElementById("connection");
  const stateText = document.getElementById("connection-text");
  const address = stateText.textContent;
  const { one, many } = list.dataset;
  const limit = Number(list.dataset.limit) || MAX_LINES;
  const pending = new Map();
  let paused = false;
  let unannounced = 0;
  let newest = "";
  let timer = null;

  function findLine(id) {
    return Array.from(list.children).find((line) => line.dataset.id === id);
  }

  function announce() {
    timer = null;
    if (unannounced && !paused) {
      news.textContent = (unannounced === 1 ? "1 " + one + ": " : unannounced + " " + many + ", the newest: ") + newest;
    }
    unannounced = 0;
  }

  function isOrdered(line) {
    return line.dataset.order !== undefined;
  }

  function place(line) {
    // A line without an order is the newest one. A changed line with an order may move.
    const order = Number(line.dataset.order);
    const next = isOrdered(line)
      ? Array.from(list.children).find((other) => Number(other.dataset.order) <= order)
      : list.firstElementChild;
    list.insertBefore(line, next || null);
  }

  function show(item) {
    const old = findLine(item.id);
    if (!item.html) {
      if (old) old.remove();
      return;
    }
    const line = parseLine(item.html);
    // A reader who is on this line keeps the focus.
    const hasFocus = old && old.contains(document.activeElement);
    if (old && !isOrdered(line)) {
      old.replaceWith(line);
    } else {
      if (old) old.remove();
      line.classList.add("new");
      place(line);
      unannounced += 1;
      newest = item.headline;
    }
    if (hasFocus) line.querySelector("a").focus();
  }

  function showAll(items) {
    items.forEach(show);
    const empty = document.getElementById("empty");
    if (empty && list.children.length) empty.remove();
    while (list.children.length > limit) list.lastElementChild.remove();
    if (timer === null) timer = setTimeout(announce, unannounced ? 400 : ANNOUNCE_EVERY);
  }

  function showWaiting() {
    const isNews = (item) => {
      const line = findLine(item.id);
      return item.html && (!line || isOrdered(line));
    };
    const count = Array.from(pending.values()).filter(isNews).length;
    waiting.hidden = !pending.size;
    waiting.textContent = "Show " + (count ? count + " " + (count === 1 ? one : many) : "what changed");
  }

  function release() {
    const items = Array.from(pending.values());
    pending.clear();
    showWaiting();
    showAll(items);
  }

  function setPaused(value) {
    paused = value;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Continue" : "Pause";
    news.textContent = paused ? "Paused: " + many + " wait." : "";
    if (!paused) release();
  }

  const separator = list.dataset.stream.endsWith("?") ? "" : "&";
  const source = new EventSource(list.dataset.stream + separator + "after=" + list.dataset.version);
  source.addEventListener("open", () => { state.className = "state live"; stateText.textContent = address; });
  source.addEventListener("error", () => { state.className = "state lost"; stateText.textContent = "The connection is lost; trying again."; });
  source.addEventListener("lines", (message) => {
    const data = JSON.parse(message.data);
    const items = data.ended.map((id) => ({ id, html: "" })).concat(data.lines);
    if (!paused) { showAll(items); return; }
    items.forEach((item) => { pending.delete(item.id); pending.set(item.id, item); });
    while (pending.size > MAX_LINES) pending.delete(pending.keys().next().value);
    showWaiting();
  });
  pause.hidden = false;
  pause.addEventListener("click", () => setPaused(!paused));
  waiting.addEventListener("click", () => { release(); list.querySelector("a").focus(); });
  addEventListener("pagehide", () => source.close());
}

function walkThroughCuts(raw) {
  const cuts = Array.from(raw.querySelectorAll(".cut:not(.blank)"));
  if (!cuts.length) return;
  let current = 0;
  cuts[0].tabIndex = 0;
  raw.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    cuts[current].tabIndex = -1;
    current = Math.min(cuts.length - 1, Math.max(0, cuts.indexOf(document.activeElement) + step));
    cuts[current].tabIndex = 0;
    cuts[current].focus();
  });
}

function showBusy(form) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    document.getElementById("busy").textContent = "The article is being enriched.";
    button.textContent = button.dataset.busy;
    button.disabled = true;
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

const list = document.getElementById("stream");
if (list) startStream(list);
const raw = document.getElementById("raw");
if (raw) walkThroughCuts(raw);
const form = document.querySelector("form.paste");
if (form) showBusy(form);
