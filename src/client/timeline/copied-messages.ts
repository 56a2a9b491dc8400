/** What stands on the clipboard when messages are copied: who said what and when, as one would write it down. */

/** @returns the text of a selection over several messages; undefined for one within a message, which is copied as it is */
export function copiedText(selection: Selection | null, list: HTMLElement): string | undefined {
  if (!selection || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  const messages = [...list.querySelectorAll('.message')].filter((message) => range.intersectsNode(message))
  if (messages.length < 2) return undefined
  return messages
    .map((message) => lineOf(message, range))
    .filter(Boolean)
    .join('\n')
}

function lineOf(message: Element, range: Range): string {
  const text = message.querySelector('.message-text')
  if (!text || !range.intersectsNode(text)) return ''
  const { author = '', time = '' } = (message as HTMLElement).dataset
  return `[${time}] ${author}: ${selectedIn(text, range)}`
}

function selectedIn(text: Element, range: Range): string {
  const part = document.createRange()
  part.selectNodeContents(text)
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0)
    part.setStart(range.startContainer, range.startOffset)
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset)
  const content = part.cloneContents()
  content.querySelector('.message-edited')?.remove()
  return content.textContent?.trim() ?? ''
}
