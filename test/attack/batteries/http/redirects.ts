import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Battery, premise, share, Tally } from '../../battery.ts'
import { externalUrls } from '../../http/external-urls.ts'
import { allFields } from '../../http/form-fields.ts'
import { type RawAnswer, requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes, type Route } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'

/** What a page that leads on may call the place. */
const names = ['to', 'next', 'return', 'returnTo', 'redirect', 'redirect_uri', 'url', 'continue', 'back']
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }
const maxHops = 5

export default {
  what: 'Redirect targets on other sites, in every spelling, as fields, queries, paths and Referer: a browser never leaves our site.',
  atLeast: { smallest: 100, short: 1_200, long: 10_000 },

  async run(size, t) {
    const tally = new Tally()
    const { server, values, signIn } = await populate(t)
    const own = `http://127.0.0.1:${server.port}`
    const ask = (bytes: Buffer) => sendRaw(server.port, bytes)
    // The page about the protocol links to standards, whatever it is asked with.
    const written = new Set(linksIn(await ask(requestOf('GET', '/docs'))))
    const leading: string[] = []
    for (const [number, route] of (await allRoutes(values)).entries()) {
      const cookie = await signIn()
      const isLeading = await leadsOn(route, ask)
      if (isLeading) leading.push(route.path)
      const oneIn = size === 'long' ? 1 : isLeading ? 5 : 100
      const places = share(
        size,
        10,
        externalUrls().filter((_, i) => (i + number) % oneIn === 0),
        number,
      )
      await mapConcurrently(places, 8, async (place) => {
        for (const question of questionsAbout(route, place, cookie)) {
          const left = await whereItLeaves({ own, written }, await ask(question), ask, cookie)
          tally.count(left === undefined, `${JSON.stringify(question.toString('latin1', 0, 400))} leads to ${left}`)
        }
      })
    }
    premise(leading.includes('/settings') && leading.includes('/signin'), `only ${leading.join()} lead anywhere`)
    tally.notes.push(`a place of ours is gone to from ${leading.join(', ')}`)
    return tally
  },
} satisfies Battery

type Ask = (bytes: Buffer) => Promise<RawAnswer>

/** Whether the route goes on to a place of ours, or says so in its page, when it is given one. */
async function leadsOn(route: Route, ask: Ask): Promise<boolean> {
  const answers = await Promise.all(questionsAbout(route, '/offline?mark', '').map(ask))
  return answers.some((answer) => `${locationOf(answer)}${answer.body}`.includes('/offline?mark'))
}

/** Under every name at once: what a route does not read does no harm. */
function questionsAbout({ at, methods, parameters }: Route, place: string, cookie: string): Buffer[] {
  const fields = Object.fromEntries(names.map((name) => [name, place]))
  const query = String(new URLSearchParams(fields))
  const referer = { Referer: place.replace(/[\0\r\n]/g, '') }
  const inPath = at(Object.fromEntries(parameters.map((name) => [name, encodeURIComponent(place)])))
  const signedIn = { Cookie: cookie }
  return [
    requestOf('GET', `${at()}?${query}`, referer),
    requestOf('GET', `${at()}?${query}`, { ...signedIn, ...referer }),
    ...(parameters.length > 0 ? [requestOf('GET', inPath, signedIn)] : []),
    ...(methods.includes('POST') ? formsWith(at(), fields, { ...signedIn, ...referer }) : []),
    ...(at() === '/' ? [requestOf('GET', place.replace(/[\0\r\n\t ]/g, ''))] : []),
  ]
}

function formsWith(path: string, fields: Record<string, string>, headers: Record<string, string>): Buffer[] {
  const form = String(new URLSearchParams(allFields(fields)))
  const lists = names.map((name) => `${name}[]=${encodeURIComponent(fields[name] ?? '')}`).join('&')
  const json = JSON.stringify(allFields(fields))
  return [
    requestOf('POST', path, { ...formType, ...headers }, form),
    requestOf('POST', path, { ...formType, ...headers }, `${form}&${lists}`),
    requestOf('POST', path, { 'Content-Type': 'application/json', ...headers }, json),
  ]
}

/** Goes where a browser would. @returns the place outside, if it comes to one */
async function whereItLeaves(
  { own, written }: { own: string; written: ReadonlySet<string> },
  first: RawAnswer,
  ask: Ask,
  cookie: string,
): Promise<string | undefined> {
  let answer = first
  for (let hops = 0; hops < maxHops; hops++) {
    const outside = linksIn(answer).find((link) => !written.has(link) && URL.parse(link, own)?.origin !== own)
    if (outside !== undefined) return outside
    const location = locationOf(answer)
    if (location === undefined) return undefined
    const { pathname, search } = new URL(location, own)
    answer = await ask(requestOf('GET', pathname + search, { Cookie: cookie }))
  }
  return `${maxHops} places one after the other`
}

/** Where the answer leads by itself, and where the page in it does: forms, links, scripts, and what is asked for at once. */
function linksIn({ headers, body }: RawAnswer): string[] {
  const leading = headers.filter(([name]) => ['location', 'refresh', 'content-location', 'link'].includes(name))
  const attributes = body.matchAll(/\s(?:href|src|action|formaction|data|content="\d+;\s*url)="?([^"\s>]*)/gi)
  return [
    ...leading.map(([, value]) => value),
    ...[...attributes].map(([, value = '']) => value.replaceAll('&amp;', '&')),
  ]
}

function locationOf({ headers }: RawAnswer): string | undefined {
  return headers.find(([name]) => name === 'location')?.[1]
}
