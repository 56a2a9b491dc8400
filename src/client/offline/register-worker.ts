import { trustedUrl } from '../ui/trusted-url.ts'

/**
 * Lets the service worker keep pages for when the server cannot be reached. Plain http from another host has none.
 * @param build of the page: another one, another language or another theme is another page
 */
export async function registerWorker(
  build: string,
  page: Document,
  { serviceWorker }: Partial<Navigator>,
): Promise<void> {
  if (!serviceWorker) return
  const { lang, dataset } = page.documentElement
  const kind = new URLSearchParams({
    build,
    language: lang,
    theme: dataset.theme ?? 'system',
    accent: dataset.accent ?? '',
  })
  try {
    await serviceWorker.register(trustedUrl(`/sw.js?${kind}`))
  } catch {
    // Forbidden by the browser's settings, or offline: the next load tries again.
  }
}
