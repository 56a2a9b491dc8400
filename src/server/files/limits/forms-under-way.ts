/** How many bytes each user sends in forms at this moment: their files have no rows yet, which would count for the limit of a day. */
export class FormsUnderWay {
  readonly #bytes = new Map<string, number>()

  /** @param user by `keyOf` @param work is told how many bytes the user sends, these included */
  async hold<Result>(user: string, bytes: number, work: (together: number) => Promise<Result>): Promise<Result> {
    const together = (this.#bytes.get(user) ?? 0) + bytes
    this.#bytes.set(user, together)
    try {
      return await work(together)
    } finally {
      const left = (this.#bytes.get(user) ?? 0) - bytes
      if (left > 0) this.#bytes.set(user, left)
      else this.#bytes.delete(user)
    }
  }
}
