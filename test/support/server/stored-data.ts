import type { Page } from 'playwright-core'

/** All that the browser keeps for the site, as text. @param only the one database to look in */
export function storedData(page: Page, only?: string): Promise<string> {
  return page.evaluate(async (only) => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const items: unknown[] = []
    for (const { name = '' } of await indexedDB.databases()) {
      if (only && name !== only) continue
      const db = await asked(indexedDB.open(name))
      for (const store of db.objectStoreNames)
        items.push(await asked(db.transaction(store).objectStore(store).getAll()))
      db.close()
    }
    if (only) return JSON.stringify(items)
    const cached: string[] = []
    if ('caches' in globalThis) {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys())
          cached.push(request.url, (await (await cache.match(request))?.text()) ?? '')
      }
    }
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, items, cached, history.state])
  }, only)
}
