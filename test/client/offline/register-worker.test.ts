// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { registerWorker } from '../../../src/client/offline/register-worker.ts'

function pageIn(language: string, theme?: string, accent?: string): Document {
  const page = document.implementation.createHTMLDocument()
  page.documentElement.lang = language
  if (theme) page.documentElement.dataset.theme = theme
  if (accent) page.documentElement.dataset.accent = accent
  return page
}

function workerThat(register: () => Promise<unknown>) {
  const serviceWorker = { register: vi.fn(register) }
  return { serviceWorker: serviceWorker as unknown as ServiceWorkerContainer, register: serviceWorker.register }
}

it('service worker › registers another worker for another build, language, theme or accent colour', async () => {
  const { serviceWorker, register } = workerThat(async () => ({}))
  await registerWorker('0123', pageIn('en'), { serviceWorker })
  await registerWorker('0123', pageIn('zh-CN', 'dark', 'blue'), { serviceWorker })
  expect(register.mock.calls).toEqual([
    ['/sw.js?build=0123&language=en&theme=system&accent='],
    ['/sw.js?build=0123&language=zh-CN&theme=dark&accent=blue'],
  ])
})

it('service worker › declares the worker as trusted where the browser requires it', async (t) => {
  const createPolicy = vi.fn((_name: string, { createScriptURL }: { createScriptURL(url: string): string }) => ({
    createScriptURL: (url: string) => `trusted ${createScriptURL(url)}`,
  }))
  vi.stubGlobal('trustedTypes', { createPolicy })
  vi.resetModules()
  t.onTestFinished(() => void vi.unstubAllGlobals())
  t.onTestFinished(() => void vi.resetModules())
  const { registerWorker } = await import('../../../src/client/offline/register-worker.ts')
  const { openCodeWorker } = await import('../../../src/client/code-highlighting/code-worker.ts')
  const { serviceWorker, register } = workerThat(async () => ({}))
  await registerWorker('0123', pageIn('en'), { serviceWorker })
  expect(register).toHaveBeenCalledWith('trusted /sw.js?build=0123&language=en&theme=system&accent=')
  const Worker = vi.fn(class {})
  vi.stubGlobal('Worker', Worker)
  openCodeWorker()
  expect(Worker).toHaveBeenCalledWith(expect.stringMatching(/^trusted \/.*highlight-worker/), expect.anything())
  // The one that the headers allow, and a browser allows it once.
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(['worker'])
})

it('service worker › works without service workers', async () => {
  await registerWorker('0123', pageIn('en'), {})
  const { serviceWorker, register } = workerThat(() => Promise.reject(new DOMException('no', 'SecurityError')))
  await registerWorker('0123', pageIn('en'), { serviceWorker })
  expect(register).toHaveBeenCalledOnce()
})
