/** Asks a worker for the colours of code, one block after the other, and ends the worker when a block takes it too long. */
import { type CodeLanguage, codeLanguage } from './code-languages.ts'
import type { Token } from './code-tokens.ts'
import type { HighlightRequest, Reply } from './highlight.ts'

/** In UTF-16 units. The time for a block can grow with the cube of its length. */
export const maxCodeLength = 4_000
/** An ordinary block takes a hundredth of this, on a slow phone a tenth. */
export const blockMs = 500
/** Enough for loading the worker and the language over a slow connection. */
export const loadMs = 15_000
/** Timeouts after which a language has no colours until the page is reloaded. This bounds the time spent on bad blocks. */
export const maxTimeouts = 20

type Outcome = Exclude<Reply, 'started'> | 'too slow'

interface Job extends HighlightRequest {
  finish(tokens: Token[] | undefined): void
}

export class Highlighter {
  readonly #openWorker: () => Worker | undefined
  #worker: Worker | undefined
  #isWorking = false
  #waiting: Job[] = []
  /** By language and code, so that the same block in many messages is asked for once. */
  readonly #asked = new Map<string, Promise<Token[] | undefined>>()
  /** By language. They are at most `maxTimeouts` each. */
  readonly #tooSlow = new Map<CodeLanguage, Set<string>>()

  /** @param openWorker tells undefined where there can be none */
  constructor(openWorker: () => Worker | undefined) {
    this.#openWorker = openWorker
  }

  /** @returns the whole of `code` in pieces; undefined when it stays without colours */
  async highlight(code: string, typedLanguage: string): Promise<Token[] | undefined> {
    const language = codeLanguage(typedLanguage)
    if (!language || code.length > maxCodeLength) return undefined
    const key = `${language}\n${code}`
    const asked = this.#asked.get(key) ?? this.#enqueue({ code, language }, key)
    this.#asked.set(key, asked)
    return asked
  }

  #enqueue(question: HighlightRequest, key: string): Promise<Token[] | undefined> {
    return new Promise((resolve) => {
      const finish = (tokens: Token[] | undefined) => {
        this.#asked.delete(key)
        resolve(tokens)
      }
      this.#waiting.push({ ...question, finish })
      void this.#work()
    })
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    for (let job = this.#next(); job; job = this.#next()) job.finish(await this.#run(job))
    this.#isWorking = false
  }

  /** A language in which blocks took too long comes after the others, and a long block after short ones. */
  #next(): Job | undefined {
    this.#waiting.sort((a, b) => this.#timeoutsOf(a) - this.#timeoutsOf(b) || a.code.length - b.code.length)
    return this.#waiting.shift()
  }

  async #run({ code, language }: Job): Promise<Token[] | undefined> {
    const tooSlow = this.#tooSlow.get(language) ?? new Set()
    this.#tooSlow.set(language, tooSlow)
    if (tooSlow.has(code) || tooSlow.size >= maxTimeouts) return undefined
    this.#worker ??= this.#openWorker()
    if (!this.#worker) return undefined
    const outcome = await ask(this.#worker, { code, language })
    if (typeof outcome === 'object') return outcome.tokens
    if (outcome === 'too slow') tooSlow.add(code)
    // Nothing else stops it. One that has failed may not try to fetch again what it could not.
    this.#worker.terminate()
    this.#worker = undefined
    return undefined
  }

  #timeoutsOf({ language }: Job): number {
    return this.#tooSlow.get(language)?.size ?? 0
  }
}

function ask(worker: Worker, question: HighlightRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    let timer = setTimeout(end, loadMs, 'failed')
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data !== 'started') return end(data)
      clearTimeout(timer)
      timer = setTimeout(end, blockMs, 'too slow')
    }
    worker.onerror = () => end('failed')
    worker.postMessage(question)

    function end(outcome: Outcome) {
      clearTimeout(timer)
      worker.onmessage = null
      worker.onerror = null
      resolve(outcome)
    }
  })
}
