/** The event `file`: an upload without a request of its own. See docs/protocol.md, "Socket.IO". */
import * as v from 'valibot'
import { secondMs } from '../../../shared/durations.ts'
import { room, yesOrNo } from '../../../shared/protocol/command-fields.ts'
import { type Reference, referenceOf } from '../../../shared/protocol/commands.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'
import type { Session } from '../../auth/sessions.ts'
import { type Refusal, runUpload } from '../../chat/run-command.ts'
import type { Services } from '../../commands/contract.ts'
import type { TakeBytes } from '../../files/take-bytes.ts'
import type { FilesAnswer, ReceivedEvent } from './events.ts'
import { maxFileBytes, tooLargeFile, tooManyFiles } from './file-limits.ts'
import type { HeldBytes } from './held-bytes.ts'

/** Maximum of one client. An image waits for its turn, and a scanner takes its time. */
const maxAtOnce = 4

const text = v.string('must be a string')
const fields = v.object({
  room: v.optional(room),
  name: text,
  type: v.optional(text, ''),
  alt: v.optional(text, ''),
  asFile: v.optional(yesOrNo, false),
  key: v.optional(text),
})

export interface FileNeeds extends Services {
  takeBytes: TakeBytes
  held: HeldBytes
}

interface Sender {
  readonly session: Session
  readonly network: string
}

/** The files that one client sends. They wait for no command, and no command waits for them. */
export class FileEvents {
  readonly #needs: FileNeeds
  readonly #sender: Sender
  readonly #room: string
  #count = 0

  /** @param room where files go whose event names none */
  constructor(needs: FileNeeds, sender: Sender, room: string) {
    this.#needs = needs
    this.#sender = sender
    this.#room = room
  }

  async answer({ args }: ReceivedEvent): Promise<FilesAnswer | Refusal> {
    const { session, network } = this.#sender
    this.#count++
    try {
      return await runUpload(this.#needs, { session, network }, this.#referenceOf(args), async () => {
        if (this.#count > maxAtOnce)
          throw new ChatError('too-fast', `Send at most ${maxAtOnce} files at once, and wait for an answer.`, secondMs)
        return { type: 'files' as const, files: [await this.#take(args, { session, network })] }
      })
    } finally {
      this.#count--
    }
  }

  async #take([described, content, ...more]: readonly unknown[], sender: Sender): Promise<FileInfo> {
    const { takeBytes, held } = this.#needs
    if (!isObject(described) || !Buffer.isBuffer(content) || more.length)
      throw new ChatError('bad-frame', '"file" has one object with its fields, and the bytes.')
    if (content.length > maxFileBytes) throw new ChatError('too-large', tooLargeFile)
    const file = parse(described)
    const giveBack = held.hold(sender.network, content.length)
    if (!giveBack) throw new ChatError('unavailable', tooManyFiles, secondMs)
    try {
      return await takeBytes(sender, { ...file, room: file.room ?? this.#room }, content, giveBack)
    } finally {
      giveBack()
    }
  }

  #referenceOf([described]: readonly unknown[]): Reference {
    if (!isObject(described)) return { room: this.#room }
    const { key, room } = described
    return { room: this.#room, ...referenceOf({ key, room }) }
  }
}

/** @throws ChatError `bad-field` */
function parse(described: object) {
  const result = v.safeParse(fields, described, { abortEarly: true })
  if (result.success) return result.output
  const [{ path, message }] = result.issues
  const said = message.startsWith('Invalid key') ? 'is missing' : message
  throw new ChatError('bad-field', `"${String(path?.[0]?.key)}" ${said}.`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}
