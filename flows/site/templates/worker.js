// Look pictures up away from the page, so that it stays quick. `importScripts` above loaded the engine.
"use strict";

onmessage = async ({ data: { id, file } }) => {
  let answer;
  try {
    answer = await verdict(file);
  } catch (error) {
    answer = { kind: "unread", head: "Not looked up", notes: [error.message] };
  }
  postMessage({ id, answer });
};
