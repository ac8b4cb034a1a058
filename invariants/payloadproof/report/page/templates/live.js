"use strict";
// Shows what the run sends as text, never as markup: nothing of it becomes an element.
const MOST = 150; // requests on the page: the oldest goes
const at = (id) => document.getElementById(id);
const made = (tag, about, ...inside) => {
  const one = document.createElement(tag);
  if (about) one.className = about;
  one.append(...inside); // a string becomes a text
  return one;
};
const code = (text) => made("code", "", text);
const many = (number) => Number(number).toLocaleString("en");
const waiting = []; // while the page is paused
let held = false, missed = 0, over = false;

function event(shown) {
  const keys = made("dl", "keys");
  shown.keys.forEach((key, place) => {
    const about = place < shown.own ? "" : "theirs";
    keys.append(made("dt", about, code(key.name)), made("dd", about, code(key.value)));
  });
  const one = made("div", "event-live", made("span", "name", code(shown.name)), keys);
  if (shown.more) one.append(made("p", "quiet", `and ${many(shown.more)} more keys: the recording has them`));
  return one;
}

function events(line) {
  const all = line.events.map(event);
  if (line.more) all.push(made("p", "quiet", `${line.events.length ? "and " : ""}${many(line.more)} ${line.events.length ? "more " : ""}events: the recording has them`));
  return all;
}

function request(line) {
  const head = made("div", "request-head", made("span", "at", `${line.at.toFixed(1)} s`), code(line.status));
  if (line.host) head.append(made("strong", "", line.host));
  head.append(code(line.route));
  if (line.words) head.append(made("span", "quiet", line.words));
  const inside = made("div", "", ...events(line));
  const one = made("li", line.sound ? "request" : "request refused", head, inside);
  one.dataset.number = line.number;
  if (line.events.length) head.append(button(line, one, inside));
  return one;
}

function button(line, one, inside) {
  const press = made("button", "", "Show values");
  press.type = "button";
  let asSent = false;
  press.addEventListener("click", async () => {
    if (asSent) {
      inside.replaceChildren(...events(line));
      press.textContent = "Show values";
    } else {
      let said;
      try {
        said = await fetch(`values/${line.number}`, { cache: "no-store" });
      } catch {
        press.textContent = "The run has ended: the recording has them";
        press.disabled = true;
        return;
      }
      if (!said.ok) {
        press.textContent = "No longer here: the recording has them";
        press.disabled = true;
        return;
      }
      inside.replaceChildren(...events(await said.json()));
      press.textContent = "Mask values";
    }
    asSent = !asSent;
    one.classList.toggle("as-sent", asSent);
  });
  return press;
}

function show(line) {
  const list = at("sent");
  list.prepend(request(line));
  while (list.childElementCount > MOST) list.lastElementChild.remove();
}

const opened = new Set(); // clauses of which the promise is read

function found(one) {
  const tone = one.level === "MUST" ? "bad" : one.level === "INFO" ? "told" : "doubtful";
  const times = one.times > 1 ? made("span", "quiet", ` ${many(one.times)} findings`) : "";
  const promise = made("details", "quiet", made("summary", "", "The promise"), made("p", "", one.promise));
  promise.open = opened.has(one.clause);
  promise.addEventListener("toggle", () => opened[promise.open ? "add" : "delete"](one.clause));
  return made("article", `card found ${tone}`,
    made("h3", "", one.title, " ", made("span", "level", one.level), times),
    made("p", "", one.observed),
    promise);
}

function standing(how) {
  at("what").textContent = how.what;
  document.title = `${how.phase === "over" ? "over" : "live"}: ${how.what} - Payloadproof`;
  const broken = how.found.filter((one) => one.level !== "INFO").length;
  at("head").className = `head ${broken ? "bad" : how.phase === "over" && how.held.length ? "good" : "unknown"}${how.phase === "over" ? "" : " live-on"}`;
  at("mark").textContent = broken ? "✗" : how.phase === "over" && how.held.length ? "✓" : "●";
  at("phase").textContent = [how.phase === "over" ? "" : how.phase, how.words].filter(Boolean).join(": ");
  at("requests").textContent = many(how.requests);
  at("events").textContent = many(how.events);
  at("broken").textContent = many(broken);
  at("found-total").className = broken ? "bad" : "";
  at("held").textContent = many(how.held.length);
  at("held-total").className = how.held.length ? "good" : "";
  at("judged").textContent = how.judged;
  at("no-verdict").hidden = how.found.length + how.held.length > 0;
  at("found").replaceChildren(...how.found.map(found));
  at("kept").hidden = !how.held.length;
  at("kept-count").textContent = `✓ ${how.held.length}`;
  at("kept-list").replaceChildren(...how.held.map((one) => made("li", "", one)));
  at("no-host").hidden = how.hosts.length > 0;
  at("hosts-table").hidden = !how.hosts.length;
  const rows = how.hosts.map((one) => made("tr", "",
    made("td", "", one.name), made("td", "", one.kind), made("td", "number", many(one.requests))));
  if (how.more_hosts) rows.push(made("tr", "", made("td", "quiet", `and more, with ${many(how.more_hosts)} requests`)));
  at("hosts").replaceChildren(...rows);
  at("runs-section").hidden = !how.runs.length;
  at("runs").replaceChildren(...how.runs.map((one, place) =>
    made("li", place === how.runs.length - 1 && how.phase !== "over" ? "now" : "", code(one))));
}

at("hold").addEventListener("click", () => {
  held = !held;
  at("hold").textContent = held ? "Go on" : "Pause";
  at("hold").setAttribute("aria-pressed", String(held));
  if (!held) waiting.splice(0).forEach(show);
});

const source = new EventSource("events");
source.addEventListener("request", (said) => {
  const line = JSON.parse(said.data);
  if (!held) return show(line);
  waiting.push(line);
  if (waiting.length > MOST) waiting.shift();
});
source.addEventListener("standing", (said) => standing(JSON.parse(said.data)));
source.addEventListener("missed", (said) => {
  missed += Number(said.data);
  at("missed").hidden = false;
  at("missed").textContent = `${many(missed)} requests came faster than this page shows them, and are not here: they are recorded all the same.`;
});
source.addEventListener("over", () => {
  over = true;
  source.close();
});
source.addEventListener("error", () => {
  if (over) return;
  at("phase").textContent = "the connection to the run is lost; if the run has ended, its recording and report are there";
  at("head").classList.remove("live-on");
});
