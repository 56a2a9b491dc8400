/** `npx teahouse files`, beside a server that runs. */
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { hourMs } from '../../../src/shared/durations.ts'
import { bytesOf, read, uploaded } from '../../support/clients/uploads.ts'
import { type Cleanup, type TestServer, temporaryFolder } from '../../support/server/server.ts'
import { type Cli, type Ending, shared } from '../cli.ts'

/** Anna's files: one in the lobby and one in tea, both sent, and one that she has not sent. */
async function serverWithFiles(cli: Cli, t: Cleanup) {
  const server = await cli.start(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const anna = await server.signIn('Anna')
  const by = { cookie: anna.cookie }
  const chat = await anna.connect()
  const sent: Record<string, string> = {}
  for (const [room, bytes] of [
    ['lobby', 'green tea'],
    ['tea', 'black tea, a pot of it'],
  ] as const) {
    await chat.open(room)
    const id = await uploaded(server, by, { room, bytes, name: `${room}.txt` })
    chat.send({ type: 'chat', room, key: room, data: 'see', files: [id] })
    await chat.next('sent')
    sent[room] = id
  }
  const unsent = await uploaded(server, by, { bytes: 'x', name: 'unsent.txt' })
  const run = (...words: string[]): Promise<Ending> => cli.run(server, ['files', ...words])
  return { server, run, by, lobby: sent.lobby ?? '', tea: sent.tea ?? '', unsent }
}

const pathOf = ({ dataDir }: TestServer, bytes: string) => {
  const hash = createHash('sha256').update(bytes).digest('hex')
  return join(dataDir, 'files', hash.slice(0, 2), hash)
}

export function filesCommands(cli: Cli): void {
  describe(`command line on ${cli.name} › files`, () => {
    const made = shared((t) => serverWithFiles(cli, t))

    /** What the test changes in the folder is made good after it. */
    function given(t: Cleanup) {
      const folder = join(made().server.dataDir, 'files')
      const copy = temporaryFolder(t)
      cpSync(folder, copy, { recursive: true })
      t.onTestFinished(() => {
        rmSync(folder, { recursive: true })
        cpSync(copy, folder, { recursive: true })
      })
      return made()
    }

    it('lists them, the largest first, by room, user, size and age', async (t) => {
      const { run, lobby, tea, unsent } = given(t)
      const { code, stdout, stderr } = await run()
      expect([code, stderr]).toEqual([0, ''])
      const minute = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`
      expect(stdout).toMatch(
        new RegExp(
          `^22 +${minute} +sent +tea +Anna +${tea} +tea.txt\n9 +${minute} +sent +lobby +Anna +${lobby} +lobby.txt\n1 +${minute} +not sent +lobby +Anna +${unsent} +unsent.txt\n$`,
        ),
      )
      const idsIn = async (...words: string[]) => (await run(...words)).stdout.match(/[0-9a-f]{32}/g)
      expect(await idsIn('--room', 'lobby')).toEqual([lobby, unsent])
      expect(await idsIn('--larger', '9', '--user', 'Anna')).toEqual([tea])
      expect(await idsIn('--older', '1')).toBeNull()
      expect(await idsIn('--older', '0')).toHaveLength(3)
      for (const [words, said] of [
        [['--room', 'none'], /no room called "none"/],
        [['--user', 'Bo'], /no user called "Bo"/],
        [['--larger', '1MB'], /--larger is a whole number/],
        [['--yes'], /--yes means nothing here/],
        [['--what'], /not understood/],
        [['burn'], /no "files burn"/],
      ] as const)
        expect(await run(...words)).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(said) })
    })

    it('finds files without bytes, bytes without files, and bytes that changed', async (t) => {
      const { server, run, lobby, tea } = given(t)
      expect(await run('check', '--hashes')).toEqual({
        code: 0,
        stdout: '3 files, 0 pictures, 0 faults.\n',
        stderr: '',
      })
      writeFileSync(pathOf(server, 'green tea'), 'green tee')
      expect((await run('check')).stdout, 'only their hash tells').toBe('3 files, 0 pictures, 0 faults.\n')
      expect(await run('check', '--hashes')).toMatchObject({
        code: 1,
        stdout: `file with other bytes: ${lobby}, of Anna in lobby, "lobby.txt"\n3 files, 0 pictures, 1 faults.\n`,
      })
      rmSync(pathOf(server, 'black tea, a pot of it'))
      writeFileSync(pathOf(server, 'x'), 'xx')
      expect((await run('check')).stdout).toMatch(
        new RegExp(
          `^file without its bytes: ${tea}, .*\nfile of 1 bytes with 2: .*\n3 files, 0 pictures, 2 faults.\n$`,
        ),
      )
    })

    it('finds pictures of users and rooms without their bytes', async (t) => {
      const { server, run } = given(t)
      const store = await cli.openStore(server)
      const { user } = (await store.accounts.list('', 9)).find(({ user }) => user.name === 'Anna') ?? {}
      const hash = createHash('sha256').update('green tea').digest('hex')
      await store.pictures.setOfUser(user?.id ?? 0, { hash, bytes: 9 })
      expect((await run('check')).stdout).toBe('3 files, 1 pictures, 0 faults.\n')
      await store.pictures.setOfUser(user?.id ?? 0, { hash: 'ab'.repeat(32), bytes: 9 })
      expect((await run('check')).stdout).toBe(
        'picture without its bytes: of the user Anna\n3 files, 1 pictures, 1 faults.\n',
      )
      await store.pictures.setOfUser(user?.id ?? 0, undefined)
      await store.close()
    })

    it('copies the bytes of files into a folder and back, each once', async (t) => {
      const { server, run, tea } = given(t)
      const folder = temporaryFolder(t)
      expect(await run('export')).toMatchObject({ code: 1, stderr: expect.stringContaining('Name a folder') })
      expect(await run('export', join(folder, 'none'))).toMatchObject({
        stderr: expect.stringContaining('There is no folder'),
      })
      expect((await run('export', folder)).stdout).toBe('3 copied, 0 faults.\n')
      expect((await run('export', folder)).stdout).toBe('0 copied, 0 faults.\n')
      rmSync(pathOf(server, 'black tea, a pot of it'))
      expect(await run('import', folder)).toEqual({ code: 0, stdout: '1 copied, 0 faults.\n', stderr: '' })
      rmSync(pathOf(server, 'black tea, a pot of it'))
      rmSync(pathOf(server, 'x'))
      rmSync(join(folder, pathOf(server, 'x').slice(-67)))
      expect(await run('import', folder)).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^file without its bytes: .*"unsent\.txt"\n1 copied, 1 faults\.\n$/),
      })
      expect((await run('check')).stdout).not.toContain(tea)
    })

    it('finds in a copy what has another hash, and copies it again, with --hashes', async (t) => {
      const { server, run } = given(t)
      const folder = temporaryFolder(t)
      await run('export', folder)
      const copy = join(folder, pathOf(server, 'green tea').slice(-67))
      writeFileSync(copy, 'green tee')
      expect((await run('export', folder)).stdout, 'its length is right').toBe('0 copied, 0 faults.\n')
      expect((await run('export', folder, '--hashes')).stdout).toBe('1 copied, 0 faults.\n')
      expect(readFileSync(copy, 'utf8')).toBe('green tea')
      writeFileSync(copy, 'green tee')
      writeFileSync(pathOf(server, 'green tea'), 'green toe')
      expect(await run('import', folder, '--hashes')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^file with other bytes: .*"lobby\.txt"\n0 copied, 1 faults\.\n$/),
      })
      expect(readdirSync(server.dataDir).filter((name) => name.startsWith('.copying-'))).toEqual([])
      expect(await run('export', folder, 'more')).toMatchObject({
        stderr: expect.stringContaining('Name a folder'),
      })
      expect(await run('export', folder, '--yes')).toMatchObject({ stderr: expect.stringContaining('--yes') })
      expect(await run('export', folder, '--room', 'tea')).toMatchObject({
        stderr: expect.stringContaining('all files'),
      })
    })

    it('does not copy the folder of the server into itself', async (t) => {
      const { server, run } = given(t)
      const link = join(temporaryFolder(t), 'link')
      symlinkSync(join(server.dataDir, 'files'), link)
      for (const folder of [join(server.dataDir, 'files'), link])
        for (const verb of ['import', 'export'])
          expect(await run(verb, folder)).toMatchObject({
            code: 1,
            stderr: expect.stringMatching(/^The files of the server are in .* itself: set S3_ENDPOINT/),
          })
    })

    it('does not take for an orphan what has just come', async (t) => {
      const { server, run } = given(t)
      const orphan = pathOf(server, 'x').replace(/.{64}$/, (hash) => hash.slice(0, 2).padEnd(64, '0'))
      writeFileSync(orphan, 'of nobody')
      expect(await run('check')).toMatchObject({ code: 0 })
      // Its time is that of its name, which only the clock of the system could change.
      utimesSync(orphan, 1, 1)
      expect(await run('check')).toMatchObject({ code: 0 })
    })

    it('finds an orphan that has been there for hours', async (t) => {
      const { server, run } = given(t)
      const orphan = pathOf(server, 'x').replace(/.{64}$/, (hash) => hash.slice(0, 2).padEnd(64, '0'))
      writeFileSync(orphan, 'of nobody')
      const real = Date.now
      vi.spyOn(Date, 'now').mockImplementation(() => real() + 2 * hourMs)
      t.onTestFinished(() => void vi.restoreAllMocks())
      expect(await run('check')).toMatchObject({
        code: 1,
        stdout: `bytes without a file: ${orphan.slice(-64)}\n3 files, 0 pictures, 1 faults.\n`,
      })
    })

    it('deletes those of a certain age after it has said which', async (t) => {
      const { server, run, by, lobby, tea } = await serverWithFiles(cli, t)
      expect((await run('delete', '--older', '1', '--yes')).stdout).toBe('There are no such files.\n')
      expect((await run('delete', '--older', '0')).stdout).toContain('2 files with 31 bytes. Nothing was deleted')
      expect((await bytesOf(server, by, lobby)).toString()).toBe('green tea')
      expect((await run('delete', '--older', '0', '--yes')).stdout).toMatch(/^2 files were deleted\./)
      for (const id of [lobby, tea]) expect((await read(server, by, id)).status).toBe(404)
    })

    it('deletes those of a room after it has said which, and the server answers 404 at once', async (t) => {
      const { server, run, by, lobby, tea } = await serverWithFiles(cli, t)
      expect(await run('delete')).toMatchObject({ code: 1, stderr: expect.stringContaining('Say which') })
      expect(await run('delete', '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Say which'),
      })
      const dry = await run('delete', '--room', 'lobby')
      expect(dry.stdout).toMatch(
        new RegExp(`^9 .*${lobby} .*\n1 files with 9 bytes. Nothing was deleted: add --yes .*\n$`),
      )
      expect((await bytesOf(server, by, lobby)).toString()).toBe('green tea')
      expect((await run('delete', '--room', 'lobby', '--yes')).stdout).toMatch(/^1 files were deleted\./)
      expect((await read(server, by, lobby)).status).toBe(404)
      expect((await bytesOf(server, by, tea)).toString()).toBe('black tea, a pot of it')
      expect((await run('delete', '--room', 'lobby', '--yes')).stdout).toBe('There are no such files.\n')
      const chat = await (await server.signIn('Bo')).connect()
      expect(JSON.stringify(await chat.open('lobby'))).not.toContain(lobby)
      const real = Date.now
      vi.spyOn(Date, 'now').mockImplementation(() => real() + 2 * hourMs)
      t.onTestFinished(() => void vi.restoreAllMocks())
      await server.restart()
      const stored = () =>
        readdirSync(join(server.dataDir, 'files'), { recursive: true, encoding: 'utf8' }).filter(
          (name) => name.length > 2,
        )
      await expect.poll(stored).toHaveLength(2)
      expect((await bytesOf(server, by, tea)).toString()).toBe('black tea, a pot of it')
    })
  })
}
