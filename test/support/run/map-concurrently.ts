/** Maps all items, `atOnce` of them concurrently. @returns the results in the order of the items */
export async function mapConcurrently<Item, Outcome>(
  items: readonly Item[],
  atOnce: number,
  action: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = items.entries()
  const next = async () => {
    for (const [i, item] of waiting) outcomes[i] = await action(item)
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  return outcomes
}
