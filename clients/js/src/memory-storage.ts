import type { Storage, StoredItem } from './outbox-items.ts'

/** Keeps the items of an outbox as long as the program runs. */
export function storageInMemory(): Storage {
  const items = new Map<string, StoredItem>()
  return {
    all: async () => [...items.values()],
    put: async (item) => void items.set(item.key, item),
    remove: async (key) => void items.delete(key),
  }
}
