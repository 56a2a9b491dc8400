/** Does something so many times, some of them at once. */
export async function crowd(count: number, atOnce: number, act: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one))
}
