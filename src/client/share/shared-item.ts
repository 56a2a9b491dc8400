/** What another program has shared with the installed page. The service worker (`static/sw.js`) keeps it until a page takes it. */
import { hourMs } from '../../shared/durations.ts'
import { sharedText } from '../../shared/files/shared-text.ts'
import { sharedCache } from '../session/storage-keys.ts'

export interface SharedItem {
  text: string
  files: readonly File[]
}

/** As the service worker names it. */
const address = '/share'
/** Signing in may come between. What is older was forgotten. */
const keptMs = hourMs

/** @returns undefined when nothing waits */
export async function findShared(now = Date.now()): Promise<SharedItem | undefined> {
  // Missing on a page that came over plain http, which has no service worker either.
  if (!('caches' in globalThis)) return undefined
  const kept = await caches.match(address, { cacheName: sharedCache })
  if (!kept) return undefined
  const item = Number(kept.headers.get('X-Shared-At')) > now - keptMs ? itemOf(await kept.formData()) : undefined
  if (item?.text || item?.files.length) return item
  await forgetShared()
  return undefined
}

export async function forgetShared(): Promise<void> {
  await caches.delete(sharedCache)
}

function itemOf(form: FormData): SharedItem {
  const field = (name: string) => form.getAll(name).find((value) => typeof value === 'string') ?? ''
  return {
    text: sharedText({ title: field('title'), text: field('text'), url: field('url') }),
    files: form
      .getAll('files')
      .filter((value) => value instanceof File && (value.name !== '' || value.size > 0)) as File[],
  }
}
