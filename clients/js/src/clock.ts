/** The clock that waiting times follow. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once, after at least `ms`; the result calls it off. */
  after(ms: number, callback: () => void): () => void
}

/** Wall-clock time at load, then monotonic: somebody may set the device's clock at any time, and no wait may depend on it. */
const began = Math.round(Date.now() - performance.now())

export const steadyClock: Clock = {
  now: () => Math.floor(began + performance.now()),
  after(ms, callback) {
    const due = performance.now() + ms
    // Timers are allowed to fire a little early. Code that then compares times would wait for another timer, which never comes.
    const check = () => {
      const left = due - performance.now()
      if (left <= 0) callback()
      else timer = setTimeout(check, Math.ceil(left))
    }
    let timer = setTimeout(check, ms)
    return () => clearTimeout(timer)
  },
}
