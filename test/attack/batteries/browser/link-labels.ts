import { hrefOf } from '../../../../src/shared/markdown/link.ts'
import { textOf, visitorNamed } from '../../../support/clients/visitor.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

/** Of the labels every so many. */
const every: Readonly<Record<Size, number>> = { smallest: 40, short: 5, long: 1 }
/** A page shows at most as many. */
const messagesEach = 40

const evil = 'evil.example'

export default {
  what: 'Links whose labels imitate another address: the page shows the real host of each (SECURITY-REVIEW 20).',
  atLeast: { smallest: 10, short: 90, long: 450 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const eve = await visitorNamed(server, 'Eve')
    const chat = await eve.connect()
    const honest = await linksIn('honest', ['[the menu](https://evil.example)', `[${evil}](https://${evil})`])
    premise(honest.length === 2 && honest.flat().every(({ host }) => host === ''), 'every link is followed by its host')
    const texts = lies().filter((_, i) => i % every[size] === 0)
    for (let i = 0; i < texts.length; i += messagesEach) {
      const some = texts.slice(i, i + messagesEach)
      for (const [index, links] of (await linksIn(`room ${i}`, some)).entries()) {
        const isTold = links.length > 0 && links.every(isHonest)
        tally.count(isTold, `${JSON.stringify(some[index])} is shown with ${JSON.stringify(links)}`)
      }
    }
    return tally

    /** What the page without a script makes of each text, in a room that has no others. */
    async function linksIn(room: string, texts: string[]) {
      await chat.open(room)
      for (const text of texts) await chat.say(room, text)
      const { body } = await eve.get(`/rooms/${encodeURIComponent(room)}`)
      const shown = body.split('class="message-text').slice(1)
      premise(shown.length === texts.length, `${shown.length} of ${texts.length} messages are shown`)
      return shown.map((html) =>
        [...html.matchAll(link)].map(([, title = '', label = '', host = '']) => ({
          title: textOf(title),
          label: textOf(label),
          host: textOf(host),
        })),
      )
    }
  },
} satisfies Battery

const link = /<a href="[^"]*" title="([^"]*)"[^>]*>([\s\S]*?)<\/a>(?: <span class="link-host">([^<]*)<\/span>)?/g

/** The whole address is in ASCII, like all that a browser shows to those who must not be deceived, and so is what is read. */
function isHonest({ title, label, host }: Record<'title' | 'label' | 'host', string>): boolean {
  if (!/^[!-~]+$/.test(title)) return false
  const url = new URL(title)
  if (host) return host === `(${url.protocol === 'mailto:' ? url.pathname.split('@').at(-1) : url.host})`
  // It is its own label, as an address that was typed into brackets is.
  return /^[!-~]+$/.test(label) && new URL(hrefOf(label) ?? 'about:blank').href === title
}

/** Messages with a link that leads to where its label does not say, or whose letters look like others. */
function lies(): string[] {
  const hosts = ['bank.example', 'www.bank.example', 'login.bank.co.uk', 'пример.рф', 'bücher.example', '192.168.0.1']
  const shapes = hosts.flatMap((host) => [
    host,
    `${host}:8443`,
    `${host}/login?to=/#top`,
    `the bank, ${host}.`,
    `pay@${host}`,
    `https://${host}@${evil}`,
    `${host}@${evil}`,
    `${host} ${evil}`,
    `h\u200bttps://${host}/`,
    `https:\u2215\u2215${host}\u2044login`,
    `**${host.slice(0, 3)}**${host.slice(3)}`,
    `\`${host}\``,
    `${host.slice(0, 4)}\n${host.slice(4)}`,
  ])
  const labels = shapes.flatMap((shape) => disguises.map((disguise) => disguise(shape)))
  return [
    ...labels.map((label) => `[${label}](https://${evil})`),
    ...hosts.map((host) => `[${host}](mailto:pay@${evil})`),
    ...hosts.map((host) => `[${host}](https://${evil}:8443/${host})`),
    // Half a label: what it touches is read with it.
    'bank.[example](https://evil.example)',
    '[bank](https://evil.example).example',
    '[bank.](https://evil.example)example',
    '**bank.**[example/login](https://evil.example)',
    // The label is the address, whose letters look like others.
    ...['bаnk.example', 'bank.exаmple', 'ḅank.example', 'ban\u0138.example', 'аррӏе.example'].flatMap((host) => [
      `https://${host}/`,
      `www.${host}`,
      `[${host}](https://${host})`,
      `[bank.example](https://${host})`,
    ]),
  ]
}

/** Each leaves what a person sees nearly as it was. */
const disguises: ((label: string) => string)[] = [
  (label) => label,
  (label) => label.toUpperCase(),
  (label) => label.replaceAll('.', '\uff0e'),
  (label) => label.replaceAll('.', '\ua4f8'),
  (label) => label.replaceAll('.', '\u2024'),
  (label) => label.replaceAll('.', '\u200b.\u00ad'),
  (label) => label.replace(/(?<=\w)(?=[\w.])/g, '\u2060'),
  (label) => label.replaceAll('a', 'а').replaceAll('e', 'е'),
  (label) => label.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
  (label) => `\u202e${label}`,
  (label) => `\u2066\u202d${label}`,
]
