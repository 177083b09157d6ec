// Named operations of the public API, nothing else: what a page can ask, everybody can ask.
import { useEffect, useState } from "./ui.js";

/** What the server refused, with its stable code; each code has a page under /docs/errors/. */
export class Problem extends Error {
  constructor(message, code = "", more = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

/** How often a graph of the past that is still being read is asked for again. */
const PATIENCE = 20;

let listed = null;

/** The text of every named operation, read once. */
function operations() {
  listed ??= fetch("/graphql/operations", { credentials: "same-origin", headers: { accept: "application/json" } })
    .then(answered)
    .then((found) => new Map(found.map((one) => [one.name, one.text])))
    .catch((problem) => {
      listed = null;
      throw problem;
    });
  return listed;
}

/** Runs a named operation; gives its data. Throws `Problem`, and `AbortError` when the signal says so. */
export async function ask(name, variables = {}, signal = undefined) {
  for (let tries = PATIENCE; ; tries -= 1) {
    try {
      return await askOnce(name, variables, signal);
    } catch (problem) {
      if (problem.code !== "impact-past-not-ready" || tries === 0) throw problem;
      await new Promise((done) => setTimeout(done, 3_000));
    }
  }
}

async function askOnce(name, variables, signal) {
  const query = (await operations()).get(name);
  if (query === undefined) throw new Problem(`The server has no operation ${name}; reload the page.`, "page-out-of-date");
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables, operationName: name }),
    signal,
  });
  const body = await answered(response);
  if (body.errors?.length) {
    const [first] = body.errors;
    throw new Problem(first.message, first.extensions?.code ?? "", first.extensions ?? {});
  }
  return body.data;
}

async function answered(response) {
  if (response.status === 401) {
    location.assign(`/sign-in${location.hash}`);
    throw new Problem("Your session has ended. Sign in again.", "unauthenticated");
  }
  let body;
  try {
    body = await response.json();
  } catch (fault) {
    if (fault.name === "AbortError") throw fault; // nobody waits for it any more
    throw new Problem(`The server answered ${response.status} without saying why.`, "no-answer");
  }
  if (!response.ok && !body.errors) throw new Problem(body.detail ?? body.title ?? `Status ${response.status}`, body.code ?? "");
  return body;
}

/**
 * Asks whenever the variables change; the answer before stays while the next is on its way. `variables` null: nothing to ask.
 * Gives `{ data, problem, loading }`.
 */
export function useAsk(name, variables) {
  const [state, setState] = useState({ data: null, problem: null, loading: variables !== null, of: null });
  const key = variables === null ? null : JSON.stringify([name, variables]);
  useEffect(() => {
    if (key === null) {
      setState({ data: null, problem: null, loading: false, of: null });
      return undefined;
    }
    const stop = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    ask(name, variables, stop.signal).then(
      (data) => setState({ data, problem: null, loading: false, of: key }),
      (problem) => {
        if (problem.name !== "AbortError") setState({ data: null, problem: said(problem), loading: false, of: key });
      },
    );
    return () => stop.abort();
  }, [key]);
  return { ...state, current: state.of === key };
}

/** A refusal as it is; anything else as a problem of the connection. */
export function said(problem) {
  if (problem instanceof Problem) return problem;
  return new Problem("The server cannot be reached. Try again in a moment.", "unreachable", { cause: String(problem) });
}
