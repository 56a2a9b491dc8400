/** A topic is plain text in which the addresses are links. */
import { bareLink, foreignHost, hrefOf } from './link.ts'

export interface TopicPart {
  text: string
  href?: string
}

export function topicParts(topic: string): TopicPart[] {
  const parts: TopicPart[] = []
  let from = 0
  for (const { index } of topic.matchAll(/(?<![\p{L}\p{N}])(?:https?:\/\/|www\.)/giu)) {
    if (index < from) continue
    const text = bareLink(topic.slice(index))
    const href = text && hrefOf(text)
    // A message shows the real host behind such a link. Here is no room for it.
    if (!text || !href || foreignHost(text)) continue
    if (index > from) parts.push({ text: topic.slice(from, index) })
    parts.push({ text, href })
    from = index + text.length
  }
  return from < topic.length ? [...parts, { text: topic.slice(from) }] : parts
}
