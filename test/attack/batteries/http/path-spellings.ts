/** Other spellings of the server's paths, which a limit in front of it does not know. */
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Battery, premise, share, Tally } from '../../battery.ts'
import { requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' }
const fields = 'name=Eve&password=&language=zh'

/** Of a path that is right. A server that tidies it up would take each of them for it. */
const spellings: ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `${path}/.`,
  (path) => `${path}/x/..`,
  (path) => `${path};x`,
  (path) => `${path}%2f`,
  (path) => `${path}%3F`,
  (path) => `${path}%20`,
  (path) => `${path}%00`,
  (path) => `/${path}`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => `/%2e${path}`,
  (path) => `/\\${path.slice(1)}`,
  (path) => path.replace(/[a-z]/, (letter) => letter.toUpperCase()),
  (path) => path.replace(/^\/\w+/, (word) => word.toUpperCase()),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replace(/[a-z]/, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replace('i', 'ı').replace('s', 'ſ'),
]

export default {
  what: 'Other spellings of each form’s path, with another case, a slash, a dot or an octet: the server accepts none of them.',
  atLeast: { smallest: 40, short: 300, long: 300 },

  async run(size, t) {
    const tally = new Tally()
    const { server, values, signIn } = await populate(t)
    const cookie = await signIn()
    const post = (target: string) =>
      sendRaw(server.port, requestOf('POST', target, { ...form, Cookie: cookie }, fields))
    premise((await post('/settings')).status === 303, 'a form is not taken where it belongs')
    const routes = (await allRoutes(values)).filter(({ methods }) => methods.includes('POST'))
    // A parameter may be anything: what is not there is not found either.
    const targets = routes.flatMap(({ path, at }) =>
      spellings.map((spell) => ({ path, right: at(), target: Buffer.from(spell(at())).toString('latin1') })),
    )
    await mapConcurrently(share(size, 6, targets), 8, async ({ path, right, target }) => {
      const { status, headers } = await post(target)
      const isOther = target !== right && !(path.endsWith('/:token') && status === 404)
      const isWithstood = status === 404 || status === 400 || status === 405
      tally.count(
        !isOther || isWithstood,
        `POST ${target}: ${status} ${headers.find(([name]) => name === 'location')?.[1]}`,
      )
    })
    return tally
  },
} satisfies Battery
