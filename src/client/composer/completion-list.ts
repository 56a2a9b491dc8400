import { type Ref, ref, type ShallowRef, shallowRef } from 'vue'
import type { BotCommand, User } from '../../shared/protocol/types.ts'
import type { Emoji } from '../emoji/emoji.ts'
import { isComposing } from '../ui/input-events.ts'
import {
  type Completion,
  type CompletionOption,
  completionAt,
  personTermAt,
  wantsEmoji,
  wholeEmojiAt,
  withEmoji,
} from './completion.ts'
import type { RoomToLink } from './rooms-to-link.ts'
import { typeInto } from './type-into.ts'

interface Environment {
  box: HTMLTextAreaElement
  people: () => readonly User[]
  /** Whether the user may mention everybody in the room. */
  withEveryone: () => boolean
  rooms: () => readonly RoomToLink[]
  /** Asks for people whose names begin so. */
  findPeople: (term: string) => void
  loadEmoji: () => Promise<readonly Emoji[]>
  /** Those of the bots in the room, as far as they are known. */
  commands: () => readonly BotCommand[]
  findCommands: () => void
}

/** The list of what could be meant, as one types: whether it is open, which option is marked, and what keys do to it. */
export class CompletionController {
  readonly completion: ShallowRef<Completion | undefined> = shallowRef()
  readonly marked: Ref<number> = ref(0)
  readonly #around: Environment
  #emoji: readonly Emoji[] = []
  #isLoading = false
  /** Where the list was closed, or an option chosen: the same place does not open it again. */
  #done: number | undefined

  constructor(around: Environment) {
    this.#around = around
  }

  /** After the text has changed. */
  update() {
    const { value: text, selectionStart: caret, selectionEnd } = this.#around.box
    if (caret !== selectionEnd) return this.hide()
    if (wantsEmoji(text, caret) && !this.#emoji.length) void this.#loadEmoji()
    const term = personTermAt(text, caret)
    if (term !== undefined) this.#around.findPeople(term)
    if (text.startsWith('/')) this.#around.findCommands()
    this.#showAt(text, caret)
  }

  /** More people or commands are known. The text is the same, and may have lost the focus. */
  updateKnown() {
    const { box } = this.#around
    const { value: text, selectionStart: caret, selectionEnd } = box
    if (document.activeElement !== box || caret !== selectionEnd) return
    this.#showAt(text, caret)
  }

  /** After the caret alone has moved: it may leave what the list is about, and opens none. */
  follow() {
    if (this.completion.value) this.update()
  }

  /** A shortcode that was typed to its end needs no choice. */
  replaceWhole() {
    const { box } = this.#around
    const whole = wholeEmojiAt(box.value, box.selectionStart, this.#emoji)
    if (whole) typeInto(box, whole.from, whole.to, whole.insert)
  }

  choose({ insert }: CompletionOption) {
    const completion = this.completion.value
    if (!completion) return
    this.#close()
    typeInto(this.#around.box, completion.from, completion.to, insert)
  }

  hide() {
    this.completion.value = undefined
  }

  /** The text is another one now. */
  reset() {
    this.#done = undefined
    this.hide()
  }

  /** Whether the list took the key. */
  handleKey(event: KeyboardEvent): boolean {
    const { ctrlKey, metaKey, altKey, shiftKey, key } = event
    const options = this.completion.value?.options
    if (!options || isComposing(event) || ctrlKey || metaKey || altKey || shiftKey) return false
    const option = options[this.marked.value]
    if (key === 'ArrowDown') this.#mark(this.marked.value + 1, options.length)
    else if (key === 'ArrowUp') this.#mark(this.marked.value - 1, options.length)
    else if (key === 'Escape') this.#close()
    else if (option && (key === 'Enter' || key === 'Tab')) this.choose(option)
    else return false
    return true
  }

  #showAt(text: string, caret: number) {
    const { people, withEveryone, rooms, commands } = this.#around
    const known = {
      people: people(),
      withEveryone: withEveryone(),
      rooms: rooms(),
      emoji: this.#emoji,
      commands: commands(),
    }
    this.#show(completionAt(text, caret, known))
  }

  #show(next: Completion | undefined) {
    const before = this.completion.value
    if (next?.from !== this.#done) this.#done = undefined
    // What arrives later must not move another option under the mark.
    const isSame = next?.from === before?.from && next?.to === before?.to
    const marked = isSame ? before?.options[this.marked.value] : undefined
    this.marked.value = Math.max(0, next?.options.findIndex(({ insert }) => insert === marked?.insert) ?? 0)
    this.completion.value = this.#done === undefined ? next : undefined
  }

  #mark(index: number, length: number) {
    this.marked.value = (index + length) % length
  }

  #close() {
    this.#done = this.completion.value?.from
    this.hide()
  }

  /** Whether a bot of the room has that command. */
  hasCommand(name: string): boolean {
    return this.#around.commands().some((one) => one.name === name.toLowerCase())
  }

  /** Whether a shortcode that stands in the text is meant to stay there. */
  get hasEmoji(): boolean {
    return this.#emoji.length > 0
  }

  /** The text with the emoji for its shortcodes, as far as they are loaded. */
  withEmoji(text: string): string {
    return withEmoji(text, this.#emoji)
  }

  async #loadEmoji() {
    if (this.#isLoading) return
    this.#isLoading = true
    try {
      this.#emoji = await this.#around.loadEmoji()
      this.#replaceAll()
      this.update()
    } catch {
      // Offline. The next colon tries again.
    } finally {
      this.#isLoading = false
    }
  }

  /** Shortcodes that were typed before the emoji were here. The caret stays where it is. */
  #replaceAll() {
    const { box } = this.#around
    const { value, selectionStart, selectionEnd } = box
    const text = this.withEmoji(value)
    if (text === value) return
    const [before, after] = [value.slice(0, selectionStart), value.slice(selectionEnd)]
    typeInto(box, 0, value.length, text)
    const start = this.withEmoji(before).length
    box.setSelectionRange(start, Math.max(start, text.length - after.length))
  }
}
