// Sends a file in parts over a line that may break, by tus 1.0.0 (tus.io/protocols/resumable-upload). Draws nothing.

const KIBIBYTE = 1024;
const FIRST_PART = 1024 * KIBIBYTE;
const SMALLEST_PART = 64 * KIBIBYTE;
const LARGEST_PART = 16 * 1024 * KIBIBYTE;
const PART_SECONDS = 8; // a proxy that keeps a part until it is whole loses no more than this when the line breaks
const SILENCE = 30_000; // ms without a byte: the line is dead, though nobody said so
const LONGEST_WAIT = 30; // s

class Lost extends Error {} // worth another try; its message says what happened, blank for a broken line
class Gone extends Error {} // the server no longer has what was sent
class SignedOut extends Error {}
class Refused extends Error {
  constructor(cause, remedy) {
    super(cause);
    this.remedy = remedy;
  }
}

// file: {blob, name, modified}. url: of what was sent of it before, else "". begin: where a new one is announced.
// form(): what to post, and where ({action, data}), once all bytes are there; the field `arrived` names them.
// told: what is called as it goes: begun(url), sent(bytes), waiting(words, seconds), going(), gone(), signedOut(),
// refused(cause, remedy), done(url).
export class Resumable {
  #file; #url; #begin; #form; #told;
  #offset = null; // how much the server has; null: ask it
  #part = FIRST_PART;
  #largest = LARGEST_PART;
  #reached = 0; // the farthest that the server has said
  #failures = 0; // since it came any farther
  #turn = 0; // rises when it is stopped, so that what was under way then goes no further
  #request = null;
  #wake = () => {};

  constructor(file, { url = "", begin, form }, told) {
    [this.#file, this.#url, this.#begin, this.#form, this.#told] = [file, url, begin, form, told];
    window.addEventListener("online", () => this.#wake());
  }

  async run() {
    const turn = ++this.#turn;
    [this.#offset, this.#failures] = [null, 0];
    for (let done = false; !done && turn === this.#turn; ) {
      try {
        done = await this.#step();
      } catch (trouble) {
        if (turn === this.#turn) done = await this.#isTheEnd(trouble);
      }
    }
  }

  tryNow() {
    this.#wake();
  }

  pause() {
    this.#turn++;
    this.#request?.abort();
    this.#wake();
  }

  cancel() {
    this.pause();
    if (this.#url) this.#send("DELETE", this.#url).catch(() => {}); // unreached, it expires
  }

  async #step() {
    if (!this.#url) await this.#announce();
    if (this.#offset === null) await this.#ask();
    if (this.#offset < this.#file.blob.size) await this.#sendPart();
    else return this.#handOver();
    return false;
  }

  async #announce() {
    const words = { filename: this.#file.name, modified: String(this.#file.modified) };
    const metadata = Object.entries(words).map(([key, value]) => `${key} ${base64(value)}`);
    const headers = { "Upload-Length": this.#file.blob.size, "Upload-Metadata": metadata.join(",") };
    const answer = await this.#send("POST", this.#begin, headers);
    if (answer.status !== 201) throw refusal(answer);
    this.#url = new URL(answer.getResponseHeader("Location"), location).pathname;
    this.#offset = 0;
    this.#told.begun(this.#url);
    this.#told.going();
  }

  async #ask() {
    const answer = await this.#send("HEAD", this.#url);
    if (answer.status === 404 || answer.status === 410) throw new Gone();
    if (answer.status !== 200) throw refusal(answer);
    const failures = this.#failures;
    this.#hasCome(answer);
    // Nothing of the last part came through: whatever stands in the way, less of it may pass.
    if (failures && this.#failures) this.#part = Math.max(SMALLEST_PART, Math.round(this.#part / 4));
    this.#told.going();
  }

  #hasCome(answer) {
    this.#offset = Number(answer.getResponseHeader("Upload-Offset"));
    if (this.#offset > this.#reached) [this.#reached, this.#failures] = [this.#offset, 0];
    this.#told.sent(this.#offset);
  }

  async #sendPart() {
    const from = this.#offset;
    const body = this.#file.blob.slice(from, from + this.#part);
    const headers = { "Upload-Offset": from, "Content-Type": "application/offset+octet-stream" };
    const begun = performance.now();
    const answer = await this.#send("PATCH", this.#url, headers, body, (bytes) => this.#told.sent(from + bytes));
    if (answer.status === 409) return this.#letOthersEnd();
    if (answer.status !== 204) {
      await this.#ask(); // says whether we were signed out, or the upload is gone
      if (answer.status !== 413 || body.size <= SMALLEST_PART) throw refusal(answer);
      this.#part = this.#largest = Math.max(SMALLEST_PART, Math.round(body.size / 4)); // a proxy takes no more at once
      return;
    }
    this.#hasCome(answer);
    const speed = body.size / ((performance.now() - begun) / 1000);
    this.#part = Math.round(Math.min(this.#largest, Math.max(SMALLEST_PART, speed * PART_SECONDS)));
  }

  // The end of a part that broke off was still on its way to the server, or another window sends the same file.
  async #letOthersEnd() {
    this.#offset = null;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }

  async #handOver() {
    const { action, data } = this.#form();
    data.set("arrived", this.#url.split("/").at(-2));
    const answer = await this.#send("POST", action, {}, data);
    if (answer.status === 404) throw new Gone();
    if (answer.status !== 201) throw refusal(answer);
    this.#told.done(JSON.parse(answer.responseText).url);
    return true;
  }

  // What a trouble means: the end (true), or another try, after a while.
  async #isTheEnd(trouble) {
    if (trouble instanceof SignedOut) this.#told.signedOut();
    else if (trouble instanceof Refused) this.#told.refused(trouble.message, trouble.remedy);
    else if (trouble instanceof Gone) return this.#startAgain();
    else if (trouble instanceof Lost) return this.#waitAndSee(trouble.message);
    else throw trouble;
    return true;
  }

  #startAgain() {
    [this.#url, this.#offset, this.#reached] = ["", null, 0];
    this.#told.gone();
    return false;
  }

  async #waitAndSee(words) {
    const turn = this.#turn;
    const at = this.#offset ?? 0;
    this.#offset = null;
    try {
      await this.#file.blob.slice(at, at + 1).arrayBuffer();
    } catch {
      this.#told.refused(`“${this.#file.name}” was changed or moved while it was being sent.`, "Choose it again; it then starts from the beginning.");
      return true;
    }
    let awake = false;
    this.#wake = () => (awake = true);
    const seconds = Math.min(LONGEST_WAIT, 2 ** this.#failures++);
    for (let left = seconds; left > 0 && !awake && turn === this.#turn; left--) {
      this.#told.waiting(words, left);
      await new Promise((resolve) => {
        this.#wake = () => resolve((awake = true));
        setTimeout(resolve, 1000);
      });
    }
    return false;
  }

  // The finished request. Rejects with Lost when the line broke or the server is not itself, and with SignedOut.
  #send(method, url, headers = {}, body = null, sent = () => {}) {
    return new Promise((resolve, reject) => {
      const request = (this.#request = new XMLHttpRequest());
      let silence = 0;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => request.abort(), SILENCE);
      };
      request.upload.onprogress = (event) => {
        heard();
        sent(event.loaded);
      };
      request.onloadend = () => {
        clearTimeout(silence);
        if (request.status === 0) return reject(new Lost());
        if (new URL(request.responseURL).pathname.startsWith("/login/")) return reject(new SignedOut());
        const failed = request.status === 429 || (request.status >= 500 && request.status !== 507);
        return failed ? reject(new Lost(`The server answered with an error (${request.status}).`)) : resolve(request);
      };
      request.open(method, url);
      const own = { Accept: "application/json", "Tus-Resumable": "1.0.0", "X-CSRFToken": token() };
      for (const [name, value] of Object.entries({ ...own, ...headers })) request.setRequestHeader(name, value);
      heard();
      request.send(body);
    });
  }
}

function refusal(answer) {
  let words = {};
  try {
    words = JSON.parse(answer.responseText);
  } catch {
    // a page, or nothing
  }
  return new Refused(words.cause || `The server did not take the file (${answer.status}).`, words.remedy || "Load this page again, then choose the same file.");
}

// Read each time: after signing in again it is another one.
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
