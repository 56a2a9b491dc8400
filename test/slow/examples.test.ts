/** Each program of `docs/examples` does what it says, against a real server. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { installClient } from '../clients/js/package.ts'
import { botNamed, hookOf } from '../support/clients/bots.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { filesIn, root, sourceOf } from '../support/run/sources.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'teahouse-examples-'))
beforeAll(() => installClient(folder).then(() => {}))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The program of an example, by the end of its name. */
const runners: Record<string, string> = { mjs: process.execPath, sh: 'sh', py: 'python3' }

class Running {
  output = ''
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    this.ended = once(child, 'close').then(([code]) => code)
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
  }

  async prints(text: string) {
    await expect.poll(() => this.output).toContain(text)
  }

  async stop() {
    // A shell's children are of its group.
    const { pid, exitCode, signalCode } = this.#child
    if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
    await this.ended
  }
}

function run(t: Cleanup, name: string, settings: Record<string, string>, ...args: string[]): Running {
  const file = join(folder, name)
  copyFileSync(join(root, 'docs/examples', name), file)
  const program = runners[name.split('.').at(-1) ?? ''] ?? ''
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...settings }
  const child = spawn(program, [file, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const running = new Running(child)
  t.onTestFinished(() => running.stop())
  return running
}

/** A server with a bot, and somebody who is in the lobby. */
async function lobby(t: Cleanup) {
  const server = await startServer(t)
  const { token } = await botNamed(server, 'Bot')
  const bo = await (await server.signIn('Bo')).connect()
  await bo.open('lobby')
  return { server, bo, settings: { TEAHOUSE_URL: server.url, TEAHOUSE_TOKEN: token } }
}

/** The program is in the room: it is seen there. */
const arrives = (bo: ChatClient) =>
  bo.nextWhere(({ type, user }) => type === 'join' && (user as { name: string }).name === 'Bot')
const answers = (bo: ChatClient) =>
  bo.nextWhere(({ type, user }) => type === 'chat' && (user as { name: string }).name === 'Bot', 'an answer')

/** A test of an example. What is not installed is in its title. */
function example(name: string, what: string, test: (t: TestContext) => Promise<void>, ...tools: string[]) {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
  const title = missing.length
    ? `${name} ${what}: not run, ${missing.join(' and ')} is not installed`
    : `${name} ${what}`
  it.skipIf(missing.length > 0)(title, test)
}

describe('examples', () => {
  example('echo-bot.mjs', 'repeats what is said to it, once, also after a restart of the server', async (t) => {
    const { server, bo, settings } = await lobby(t)
    const bot = run(t, 'echo-bot.mjs', settings)
    await bot.prints('Bot listens in lobby')
    const asked = await bo.say('lobby', 'echo hello')
    expect(await answers(bo)).toMatchObject({ data: 'hello', reply: asked })
    await server.restart()
    const again = await (await server.signIn('Bo')).connect()
    await again.open('lobby')
    await again.say('lobby', 'echo again')
    expect(await answers(again)).toMatchObject({ data: 'again' })
    const { messages } = await again.ask({ type: 'history', room: 'lobby' }, 'history')
    expect(messages.map(({ data }) => data)).toEqual(['echo hello', 'hello', 'echo again', 'again'])
  })

  example('websocket.mjs', 'answers over a bare WebSocket', async (t) => {
    const { bo, settings } = await lobby(t)
    await run(t, 'websocket.mjs', settings).prints('opened')
    const asked = await bo.say('lobby', 'ping')
    expect(await answers(bo)).toMatchObject({ data: 'pong', reply: asked })
  })

  example(
    'send-and-read.sh',
    'sends a message with any characters and prints the newest ones',
    async (t) => {
      const { bo, settings } = await lobby(t)
      await bo.say('lobby', 'before')
      const shell = run(t, 'send-and-read.sh', settings, 'it\'s "50 %" \\ done')
      expect(await shell.ended, shell.output).toBe(0)
      expect(await answers(bo)).toMatchObject({ data: 'it\'s "50 %" \\ done' })
      const [sent = '', page = ''] = shell.output.trim().split('\n')
      expect(JSON.parse(sent)).toMatchObject({ type: 'sent', room: 'lobby' })
      expect(JSON.parse(page).messages.map(({ data }: { data: string }) => data)).toEqual([
        'before',
        'it\'s "50 %" \\ done',
      ])
    },
    'curl',
  )

  example(
    'long-poll.sh',
    'prints what happens, and goes on after it',
    async (t) => {
      const { bo, settings } = await lobby(t)
      const shell = run(t, 'long-poll.sh', settings)
      await arrives(bo)
      for (const text of ['one', 'a false "next":"room=elsewhere:1"', 'three']) {
        await bo.say('lobby', text)
        await shell.prints(JSON.stringify(text))
      }
      const entries = shell.output
        .trim()
        .split('\n')
        .flatMap((line) => JSON.parse(line).frames)
      expect(entries.filter(({ type }) => type === 'chat').map(({ data }) => data)).toHaveLength(3)
    },
    'curl',
  )

  example(
    'long_poll_bot.py',
    'answers by long polls',
    async (t) => {
      const { bo, settings } = await lobby(t)
      run(t, 'long_poll_bot.py', settings)
      await arrives(bo)
      const asked = await bo.say('lobby', 'ping')
      expect(await answers(bo)).toMatchObject({ data: 'pong', reply: asked })
    },
    'python3',
  )

  for (const name of ['long-poll.mjs', 'event-stream.mjs'])
    example(name, 'prints the messages, also those that were written while the server was away', async (t) => {
      const { server, bo, settings } = await lobby(t)
      const reader = run(t, name, settings)
      await arrives(bo)
      await bo.say('lobby', 'one')
      await reader.prints('Bo: one\n')
      await server.restart()
      const again = await (await server.signIn('Bo')).connect()
      await again.open('lobby')
      await again.say('lobby', 'two')
      await reader.prints('Bo: two\n')
      expect(reader.output.match(/Bo: \w+/g)).toEqual(['Bo: one', 'Bo: two'])
    })

  example(
    'webhook.sh',
    'writes by an incoming webhook',
    async (t) => {
      const { server, bo } = await lobby(t)
      const shell = run(t, 'webhook.sh', { TEAHOUSE_HOOK: await hookOf(server) }, 'Disk "full"')
      expect(await shell.ended, shell.output).toBe(0)
      expect(shell.output).toBe('ok\n')
      expect(await bo.next('chat')).toMatchObject({ data: 'Disk "full"', user: { name: 'Alerts' } })
    },
    'curl',
  )

  example('daily-reminder.mjs', 'reminds once a day, however often it is started', async (t) => {
    const { bo, settings } = await lobby(t)
    for (let start = 0; start < 2; start++) {
      const reminder = run(t, 'daily-reminder.mjs', { ...settings, AT: '00:00', TEXT: 'Drink.' })
      await reminder.prints('reminded: lobby/')
      await reminder.stop()
    }
    const { messages } = await bo.ask({ type: 'history', room: 'lobby' }, 'history')
    expect(messages.map(({ data }) => data)).toEqual(['Drink.'])
  })

  it('are each in docs/examples/README.md, and short', () => {
    const files = filesIn('docs/examples').filter((file) => !file.endsWith('README.md'))
    expect(files, 'must be found for this test to mean anything').toHaveLength(10)
    const readme = sourceOf('docs/examples/README.md')
    for (const file of files) {
      expect(readme).toContain(`](${file.split('/').at(-1)})`)
      expect(sourceOf(file).split('\n').length, file).toBeLessThan(50)
    }
  })
})
