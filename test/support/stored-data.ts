import type { Page } from 'playwright-core'

/** All that the browser keeps for the site, as text. */
export function storedData(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const items: unknown[] = []
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await asked(indexedDB.open(name))
      for (const store of db.objectStoreNames)
        items.push(await asked(db.transaction(store).objectStore(store).getAll()))
      db.close()
    }
    const cached: string[] = []
    if ('caches' in globalThis) {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys())
          cached.push(request.url, (await (await cache.match(request))?.text()) ?? '')
      }
    }
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, items, cached, history.state])
  })
}
