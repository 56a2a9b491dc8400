/** A desktop for a browser with windows: it shows what the browser notifies of, and the test clicks it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type BrowserContext, chromium } from 'playwright-core'
import { patienceMs } from '../run/timeouts.ts'
import { dbusDaemon, desktopChromium } from '../run/tools.ts'
import { type Cleanup, temporaryFolder } from '../server/server.ts'
import { Bus, type Call, type Value } from './dbus.ts'

const service = 'org.freedesktop.Notifications'
const path = '/org/freedesktop/Notifications'

/** As the Desktop Notifications Specification has it. `actions`: their keys, and the words on them. */
export interface DesktopNotification {
  id: number
  title: string
  body: string
  actions: Map<string, string>
}

export class Desktop {
  /** What is shown now. */
  readonly shown = new Map<number, DesktopNotification>()
  readonly #bus: Bus
  #last = 0

  /** The context is that of the browser’s own profile: Chromium delivers no clicks to others. */
  static async start(t: Cleanup, locale: string): Promise<{ desktop: Desktop; context: BrowserContext }> {
    const daemon = spawn(dbusDaemon(), ['--session', '--nofork', '--print-address=1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    t.onTestFinished(() => void daemon.kill())
    const [line] = await once(daemon.stdout, 'data')
    const address = String(line).trim()
    let desktop: Desktop | undefined
    const bus = await Bus.connect(address, (call) => desktop?.answer(call))
    t.onTestFinished(() => bus.close())
    desktop = new Desktop(bus)
    bus.own(service)
    const context = await chromium.launchPersistentContext(temporaryFolder(t), {
      locale,
      executablePath: desktopChromium(),
      args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
      env: { ...(process.env as Record<string, string>), DBUS_SESSION_BUS_ADDRESS: address },
    })
    context.setDefaultTimeout(patienceMs)
    t.onTestFinished(() => context.close())
    return { desktop, context }
  }

  private constructor(bus: Bus) {
    this.#bus = bus
  }

  /** What is shown with that title. */
  titled(title: string): DesktopNotification | undefined {
    return [...this.shown.values()].find((one) => one.title === title)
  }

  /** The user clicks it, or the button that has those words. */
  click({ id, actions }: DesktopNotification, words?: string): void {
    const [key] = words === undefined ? ['default'] : ([...actions].find(([, one]) => one === words) ?? [])
    if (key === undefined) throw new Error(`There is no button "${words}", but ${[...actions.values()].join(', ')}.`)
    this.#bus.signal(path, service, 'ActionInvoked', [
      ['u', id],
      ['s', key],
    ])
  }

  /** The user types that into it, and sends it: KDE has a field for that, and Chromium offers it where it is named. */
  reply({ id, actions }: DesktopNotification, text: string): void {
    if (!actions.has('inline-reply')) throw new Error(`Nothing can be typed there: ${[...actions.keys()].join(', ')}.`)
    this.#bus.signal(path, service, 'NotificationReplied', [
      ['u', id],
      ['s', text],
    ])
  }

  answer({ member, body }: Call): Value[] | undefined {
    switch (member) {
      case 'GetCapabilities':
        return [['as', ['actions', 'body', 'body-markup', 'inline-reply', 'persistence']]]
      case 'GetServerInformation':
        return ['Desktop', 'test', '1', '1.2'].map((one) => ['s', one])
      case 'Notify':
        return [['u', this.#show(body)]]
      case 'CloseNotification':
        this.#close(body.u32())
        return []
      default:
        return undefined
    }
  }

  #show(body: Call['body']): number {
    body.string() // the application
    const replaced = body.u32()
    body.string() // its icon
    const [title, text, list] = [body.string(), body.string(), body.strings()]
    const actions = new Map(list.flatMap((key, index) => (index % 2 ? [] : [[key, list[index + 1] ?? '']])))
    const id = replaced || ++this.#last
    this.shown.set(id, { id, title, body: text, actions })
    return id
  }

  #close(id: number): void {
    if (!this.shown.delete(id)) return
    // 3: by a call.
    this.#bus.signal(path, service, 'NotificationClosed', [
      ['u', id],
      ['u', 3],
    ])
  }
}
