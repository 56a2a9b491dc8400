/** The service worker in a world of its own: its script, run with caches and a network that the test holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'

const source = readFileSync(join(import.meta.dirname, '../../static/sw.js'), 'utf8')
const origin = 'http://tea.example'
const css = '/static/dist/assets/signin-a1.css'
const offlinePage = `<link href="/icon/plain/green/%F0%9F%8D%B5"><link href="${css}"><img src="/icon/plain/green/%F0%9F%8D%B5">Offline`

const script = '/static/dist/assets/main-a1.js'
const shell = `<script src="${script}"></script><script type="application/json">["${script}", "${css}"]</script>Shell`

type Answer = { status?: number; body: string; headers?: Record<string, string> } | 'unreachable'

class FakeCache {
  readonly kept = new Map<string, Response>()
  readonly #fetch: (url: string) => Promise<Response>

  constructor(fetch: (url: string) => Promise<Response>) {
    this.#fetch = fetch
  }

  async match(url: string) {
    return this.kept.get(url.replace(origin, ''))?.clone()
  }

  async put(url: string, response: Response) {
    this.kept.set(url.replace(origin, ''), response)
  }

  async addAll(wanted: Iterable<string>) {
    const urls = [...wanted]
    // As in browsers: nothing twice.
    if (new Set(urls).size < urls.length) throw new DOMException('', 'InvalidStateError')
    for (const url of urls) await this.put(url, await this.#fetch(url))
  }
}

class World {
  readonly network = new Map<string, Answer>([
    ['/offline', { body: offlinePage }],
    ['/shell', { body: shell }],
    [script, { body: 'script' }],
    [css, { body: 'css' }],
    ['/icon/plain/green/%F0%9F%8D%B5', { body: 'svg' }],
  ])
  readonly caches: Map<string, FakeCache>
  readonly asked: string[] = []
  readonly skipWaiting = vi.fn()
  readonly claim = vi.fn()
  readonly #handlers = new Map<string, (event: unknown) => void>()

  constructor(search = '?build=1', kept = new Map<string, FakeCache>()) {
    this.caches = kept
    const caches = {
      open: async (name: string) => this.#cache(name),
      keys: async () => [...this.caches.keys()],
      delete: async (name: string) => this.caches.delete(name),
      match: async (url: string, { cacheName }: { cacheName: string }) => this.caches.get(cacheName)?.match(url),
    }
    const self = {
      location: new URL(`${origin}/sw.js${search}`),
      addEventListener: (type: string, handler: (event: unknown) => void) => this.#handlers.set(type, handler),
      skipWaiting: this.skipWaiting,
      clients: { claim: this.claim },
      registration: {},
    }
    runInContext(source, createContext({ self, caches, Response, fetch: this.#fetch, Error }))
  }

  /** Fires an event and waits for all that the worker wants to have finished. */
  async fire(type: 'install' | 'activate'): Promise<void> {
    const waits: Promise<unknown>[] = []
    this.#handlers.get(type)?.({ waitUntil: (work: Promise<unknown>) => waits.push(work) })
    await Promise.all(waits)
  }

  /** @returns what the worker answers; undefined when it leaves the request to the browser */
  async ask(path: string, request: { mode?: string; method?: string } = {}): Promise<string | undefined> {
    let answer: Promise<Response> | undefined
    const waits: Promise<unknown>[] = []
    this.#handlers.get('fetch')?.({
      request: { url: origin + path, mode: 'no-cors', method: 'GET', ...request },
      respondWith: (response: Promise<Response>) => {
        answer = response
      },
      waitUntil: (work: Promise<unknown>) => waits.push(work),
    })
    const response = await answer
    await Promise.all(waits)
    if (!response) return undefined
    return response.type === 'error' ? 'unreachable' : await response.text()
  }

  unplug(): void {
    for (const path of this.network.keys()) this.network.set(path, 'unreachable')
  }

  get keptPaths(): string[] {
    return [...this.caches.values()].flatMap(({ kept }) => [...kept.keys()]).sort()
  }

  #cache(name: string): FakeCache {
    const cache = this.caches.get(name) ?? new FakeCache(this.#fetch)
    this.caches.set(name, cache)
    return cache
  }

  readonly #fetch = async (request: string | { url: string }): Promise<Response> => {
    const path = (typeof request === 'string' ? request : request.url).replace(origin, '')
    this.asked.push(path)
    const answer = this.network.get(path) ?? { status: 404, body: 'nothing' }
    if (answer === 'unreachable') throw new TypeError('Failed to fetch')
    return new Response(answer.body, { status: answer.status ?? 200, headers: answer.headers ?? {} })
  }
}

async function installed(search?: string): Promise<World> {
  const world = new World(search)
  await world.fire('install')
  await world.fire('activate')
  world.asked.length = 0
  return world
}

describe('service worker › pages', () => {
  it('come from the network as long as it answers, whatever the status', async () => {
    const world = await installed()
    world.network.set('/', { body: 'the room' })
    world.network.set('/rooms/tea', { status: 404, body: 'no such room' })
    world.network.set('/account', { status: 502, body: 'the proxy is sorry' })
    expect(await world.ask('/', { mode: 'navigate' })).toBe('the room')
    expect(await world.ask('/rooms/tea', { mode: 'navigate' })).toBe('no such room')
    expect(await world.ask('/account', { mode: 'navigate' })).toBe('the proxy is sorry')
    expect(world.keptPaths).not.toContain('/')
  })
  it.for(['/', '/?after=3', '/rooms/tea', '/rooms/%E8%8C%B6/12', '/rooms/tea/'])(
    'are the page of the chat without messages when the network fails: %s',
    async (path) => {
      const world = await installed()
      world.network.set(path, 'unreachable')
      world.unplug()
      expect(await world.ask(path, { mode: 'navigate' })).toBe(shell)
      expect(await world.ask(script)).toBe('script')
    },
  )
  it.for([502, 503, 504])('are the page of the chat when a proxy answers %i', async (status) => {
    const world = await installed()
    world.network.set('/', { status, body: 'the proxy is sorry' })
    expect(await world.ask('/', { mode: 'navigate' })).toBe(shell)
  })
  it('are the server’s own when the server answers 503', async () => {
    const world = await installed()
    const headers = { 'Content-Security-Policy': "default-src 'none'" }
    world.network.set('/', { status: 503, body: 'try again in a minute', headers })
    expect(await world.ask('/', { mode: 'navigate' })).toBe('try again in a minute')
  })
  it('of other kinds are the offline page, with its style and image, when the network fails', async () => {
    const world = await installed()
    world.network.set('/account', 'unreachable')
    world.network.set('/rooms/tea/pins', 'unreachable')
    world.unplug()
    expect(await world.ask('/account', { mode: 'navigate' })).toBe(offlinePage)
    expect(await world.ask('/rooms/tea/pins', { mode: 'navigate' })).toBe(offlinePage)
    expect(await world.ask(css)).toBe('css')
    expect(await world.ask('/icon/plain/green/%F0%9F%8D%B5')).toBe('svg')
  })
  it('that submit a form are left to the browser, which can resubmit', async () => {
    const world = await installed()
    expect(await world.ask('/rooms/tea/messages', { mode: 'navigate', method: 'POST' })).toBeUndefined()
  })
})

describe('service worker › files', () => {
  it('from the build are fetched once', async () => {
    const world = await installed()
    world.network.set('/static/dist/assets/main-b2.js', { body: 'script' })
    for (let i = 0; i < 3; i++) expect(await world.ask('/static/dist/assets/main-b2.js')).toBe('script')
    expect(world.asked).toEqual(['/static/dist/assets/main-b2.js'])
  })
  it('from the build that were missing are requested again', async () => {
    const world = await installed()
    expect(await world.ask('/static/dist/assets/gone.js')).toBe('nothing')
    world.network.set('/static/dist/assets/gone.js', { body: 'back' })
    expect(await world.ask('/static/dist/assets/gone.js')).toBe('back')
  })
  it('of other kinds come from the network and are not cached', async () => {
    const world = await installed()
    world.network.set('/static/images/avatars/0.svg', { body: 'pot' })
    for (let i = 0; i < 2; i++) expect(await world.ask('/static/images/avatars/0.svg')).toBe('pot')
    expect(world.asked).toHaveLength(2)
    world.unplug()
    expect(await world.ask('/static/images/avatars/0.svg')).toBe('unreachable')
  })
  it.for(['/healthz', '/manifest.webmanifest', '/uploads/1.png'])('with other paths are ignored: %s', async (path) => {
    const world = await installed()
    expect(await world.ask(path)).toBeUndefined()
  })
})

describe('service worker › what was shared', () => {
  const sharedAt = (at: number) => {
    const caches = new Map([['teahouse-shared', new FakeCache(async () => new Response())]])
    const headers = { 'X-Shared-At': String(at) }
    caches.get('teahouse-shared')?.kept.set('/share', new Response('text', { headers }))
    return caches
  }
  it('is deleted an hour later, when the worker starts', async () => {
    const world = new World('?build=1', sharedAt(Date.now() - 3_600_001))
    await expect.poll(() => world.caches.has('teahouse-shared')).toBe(false)
  })
  it('stays when it is younger, and when the worker is replaced', async () => {
    const world = new World('?build=2', sharedAt(Date.now() - 3_500_000))
    await world.fire('activate')
    expect([...world.caches.keys()]).toEqual(['teahouse-shared'])
  })
})

describe('service worker › cache', () => {
  it('holds the offline page, the page without messages and their files, and no page with messages', async () => {
    const icon = '/icon/plain/green/%F0%9F%8D%B5'
    expect((await installed()).keptPaths).toEqual([icon, '/offline', '/shell', script, css].sort())
  })
  it('is replaced when a new build activates, which happens at once', async () => {
    const world = await installed('?build=2')
    world.caches.set('teahouse?build=1', new FakeCache(async () => new Response()))
    await world.fire('activate')
    expect([...world.caches.keys()]).toEqual(['teahouse?build=2'])
    expect(world.skipWaiting).toHaveBeenCalled()
    expect(world.claim).toHaveBeenCalled()
  })
  it.for(['/offline', '/shell'])('is not used when %s cannot be fetched, and is tried again later', async (path) => {
    const world = new World()
    world.network.set(path, { status: 503, body: 'going away' })
    await expect(world.fire('install')).rejects.toThrow('503')
    expect(world.keptPaths).not.toContain(path)
  })
})
