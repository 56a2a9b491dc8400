/** How many bytes each user sends in forms at this moment: their files have no rows yet, which would count for the limit of a day. */
export class FormsUnderWay {
  readonly #bytes = new Map<number, number>()

  /** @param work is told how many bytes the user sends, these included */
  async hold<Result>(userId: number, bytes: number, work: (together: number) => Promise<Result>): Promise<Result> {
    const together = (this.#bytes.get(userId) ?? 0) + bytes
    this.#bytes.set(userId, together)
    try {
      return await work(together)
    } finally {
      const left = (this.#bytes.get(userId) ?? 0) - bytes
      if (left > 0) this.#bytes.set(userId, left)
      else this.#bytes.delete(userId)
    }
  }
}
