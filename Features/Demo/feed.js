// The open slots, followed: asked again every few seconds by their ETag, and not at all while nobody looks.

import { customer, query, send } from "./api.js";

const pace = 5_000; // milliseconds

/**
 * Calls `onItems` with each new list, `onState` with { at } after every good answer and { problem } after a bad one.
 * `watch` says which days; `stop` ends it.
 */
export function follow(onItems, onState) {
  let range = null;
  let etag = null;
  let timer = 0;
  let turn = 0;

  async function ask() {
    clearTimeout(timer);
    if (!range || document.hidden) return;
    const mine = ++turn;
    let wait = pace;
    try {
      const response = await send(query(`${customer}slots`, range), { headers: etag ? { "If-None-Match": etag } : {} });
      const items = response.status === 304 ? null : (await response.json()).items;
      if (mine !== turn) return;
      etag = response.headers.get("ETag") ?? etag;
      if (items) onItems(items);
      onState({ at: Date.now() });
    } catch (problem) {
      if (mine !== turn) return;
      if (!(problem.status >= 0)) throw problem;
      wait = Math.max(pace, problem.retryAfter * 1000);
      onState({ problem });
    }
    timer = setTimeout(ask, wait);
  }

  document.addEventListener("visibilitychange", ask);
  return {
    watch(days) {
      range = days;
      etag = null;
      return ask();
    },
    ask,
    stop() {
      turn++;
      range = null;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", ask);
    },
  };
}
