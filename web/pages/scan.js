"use strict";
(() => {
  const body = document.body, data = body.dataset, en = document.documentElement.lang === "en";
  const at = id => document.getElementById(id);
  const show = (id, on) => { const e = at(id); if (e) e.hidden = !on; };
  const say = (zh, eng) => (en ? eng : zh);
  const born = performance.now(); // a phone's own clock may be wrong; what has passed is not
  const base = "/p/" + data.token;

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("");
  const kept = (store, key, make) => {
    try { return store.getItem(key) || (make && (store.setItem(key, make()), store.getItem(key))); } catch { return make ? (kept.own ??= make()) : null; }
  };
  const keep = (store, key, value) => { try { store.setItem(key, value); } catch { /* in memory only */ } };
  const device = kept(localStorage_(), "countersign-device", random);
  const openingKey = "opening:" + data.token.slice(-8);
  let opening = kept(sessionStorage_(), openingKey);

  function localStorage_() { try { return localStorage; } catch { return null; } }
  function sessionStorage_() { try { return sessionStorage; } catch { return null; } }

  function note(text, bad) {
    const e = at("note");
    e.textContent = text || "";
    e.hidden = !text;
    e.classList.toggle("bad", !!bad);
    if (text) e.scrollIntoView({ block: "nearest" });
  }

  // post sends once, and once more under the same key when the line broke.
  async function post(path, ask) {
    const key = random(), send = () => fetch(base + path, {
      method: "POST", credentials: "same-origin", cache: "no-store", body: JSON.stringify(ask), signal: AbortSignal.timeout(4000),
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    });
    let got;
    try { got = await send(); } catch { try { got = await send(); } catch { return { code: "offline" }; } }
    if (got.status === 204) return { ok: true };
    const answer = await got.json().catch(() => ({ code: "unavailable" }));
    return got.ok ? { ok: true, ...answer } : answer;
  }

  let busy = false;
  const once = act => async () => {
    if (busy) return;
    busy = true;
    const buttons = document.querySelectorAll("button");
    buttons.forEach(b => { b.disabled = true; });
    try { await act(); } finally { busy = false; buttons.forEach(b => { b.disabled = false; }); }
  };

  const refusals = {
    ticket_held: p => { hold(p.args.holder, +p.args.seconds); note(p.detail); },
    ticket_early: () => location.reload(), ticket_ended: () => location.reload(), already_published: () => location.reload(),
    not_approved: () => location.reload(), ticket_forbidden: () => location.reload(),
    offline: () => note(say("网络不稳定，请再试一次。", "The network is unsteady. Try again."), true),
  };

  function refused(p) {
    const known = refusals[p.code];
    if (known) return known(p);
    note((p.title ? p.title + "。" : "").replace("。", en ? ". " : "。") + (p.detail || say("请再试一次。", "Try again.")), true);
    show("ladder", true);
  }

  function took(p) {
    opening = p.opening_id;
    keep(sessionStorage_(), openingKey, opening);
    release();
    show("claim", true);
  }

  async function open(takeOver) {
    note(say("正在打开抖音…", "Opening Douyin …"));
    const p = await post("/open", { device, take_over: takeOver, way: "douyin" });
    if (!p.ok) return refused(p);
    took(p);
    launch(p.schema);
  }

  // launch leaves for Douyin; when the page is still seen after a while, it did not open.
  function launch(schema) {
    let left = false;
    const gone = () => { left = true; };
    addEventListener("pagehide", gone, { once: true });
    document.addEventListener("visibilitychange", gone, { once: true });
    location.href = schema;
    setTimeout(() => {
      note(left ? say("发布完成后，请回到本页确认。", "Come back here once it is published.") : "");
      if (!left) show("ladder", true);
    }, 2500);
  }

  async function byHand(takeOver) {
    const p = await post("/open", { device, take_over: takeOver === true, way: "download" });
    if (!p.ok) return refused(p);
    took(p);
    at("caption").textContent = p.caption;
    at("video").href = p.video_url;
    show("ladder", false);
    show("byhand", true);
    note("");
    at("byhand").scrollIntoView({ block: "center" });
  }

  async function claim() {
    const p = await post("/published", { opening_id: opening, device });
    if (p.ok || p.code === "already_published") return location.reload();
    refused(p);
  }

  async function copy(text, done) {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    note(done);
  }
  const link = () => copy(location.origin + base, say("链接已复制，请在手机浏览器中打开。", "Copied. Open it in the phone's browser."));

  let timer = 0;
  function hold(by, seconds) {
    data.state = "held";
    const until = performance.now() + seconds * 1000;
    at("holder").firstChild.textContent = say(by + " 正在发布", by + " is publishing this");
    show("holder", true); show("over", true); show("open", false); show("oversure", false);
    clearInterval(timer);
    timer = setInterval(() => {
      const left = Math.ceil((until - performance.now()) / 1000);
      if (left <= 0) return release();
      at("left").textContent = left;
    }, 250);
  }

  function release() {
    clearInterval(timer);
    data.state = "open";
    show("holder", false); show("over", false); show("oversure", false); show("open", true);
  }

  // count shows what is left, and looks again when nothing is.
  function count(ms) {
    const two = n => String(n).padStart(2, "0"), tick = () => {
      const left = Math.max(0, Math.ceil((ms - (performance.now() - born)) / 1000)), days = Math.floor(left / 86400);
      at("clock").textContent = (days ? days + say(" 天 ", " d ") : "") + [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two).join(":");
      if (left === 0) { clearInterval(every); location.reload(); }
    };
    const every = setInterval(tick, 500);
    tick();
  }

  // mine adds the time as the viewer's own clock shows it, when that is another one.
  function mine() {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone, planned = new Date(data.at), options = { dateStyle: "medium", timeStyle: "short" };
    const write = zone => planned.toLocaleString(document.documentElement.lang, { ...options, timeZone: zone });
    if (!at("mine") || isNaN(planned) || write(here) === write(data.zone)) return;
    at("mine").textContent = say("您当地：", "Yours: ") + write(here);
    at("mine").hidden = false;
  }

  // pass exchanges a named poster's pass, which his link carries behind the #.
  async function pass() {
    const given = location.hash.slice(1);
    if (!given) return;
    history.replaceState(null, "", location.pathname);
    if ((await post("/pass", { pass: given })).ok) location.reload();
  }

  const on = (id, act) => at(id)?.addEventListener("click", act);
  on("open", once(() => open(false)));
  on("over", () => { show("over", false); show("oversure", true); });
  on("overno", () => { show("oversure", false); show("over", true); });
  on("overyes", once(() => open(true)));
  on("download", once(byHand));
  on("published", () => { show("published", false); show("sure", true); });
  on("no", () => { show("sure", false); show("published", true); });
  on("yes", once(claim));
  on("copylink", link);
  on("copyhere", link);
  on("copytext", () => copy(at("caption").textContent, say("文案已复制。", "The words are copied.")));
  on("here", () => { show("desk", false); show("go", true); });
  on("reload", () => location.reload());
  addEventListener("pageshow", e => { if (e.persisted) location.reload(); });

  if (data.state === "early") count(+data.opens);
  if (data.state === "held") opening ? release() : hold(at("holder").firstChild.textContent.replace(/ (正在发布|is publishing this)$/, ""), +data.held);
  if (+data.ends > 0 && +data.ends < 2 ** 31) setTimeout(() => location.reload(), +data.ends + 500);
  if (opening) show("claim", true);
  mine();
  pass();
})();
