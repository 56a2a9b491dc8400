/** Runs an action `count` times, `atOnce` of them concurrently. */
export async function concurrently(
  count: number,
  atOnce: number,
  action: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one))
}
