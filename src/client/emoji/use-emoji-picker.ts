/** The state of an emoji picker: what is loaded, how much of it is drawn, and what is searched for. */
import { computed, onUnmounted, ref, shallowRef } from 'vue'
import type { LanguageCode } from '../../shared/language.ts'
import { type Emoji, loadEmoji } from './emoji.ts'
import { groupFound, groupsOf } from './emoji-groups.ts'
import { readRecentEmoji } from './recent-emoji.ts'

export function useEmojiPicker(code: LanguageCode) {
  const state = ref<'loading' | 'loaded' | 'failed'>('loading')
  const all = shallowRef<readonly Emoji[]>([])
  const term = ref('')
  const drawn = ref(0)
  let frame = 0

  const groups = computed(() => groupsOf(all.value, readRecentEmoji()))
  const shown = computed(() => groups.value.slice(0, drawn.value))
  const found = computed(() => (term.value.trim() ? groupFound(all.value, term.value) : undefined))

  let loading: Promise<void> | undefined

  async function load() {
    state.value = 'loading'
    loading = loadEmoji(code).then(
      (emoji) => {
        all.value = emoji
        state.value = 'loaded'
        drawMore()
      },
      // Offline. The picker says so, and has a button to try again.
      () => {
        state.value = 'failed'
      },
    )
    await loading
  }

  /** The best match. A user who types faster than the emoji load has to wait for them. */
  async function findFirst(): Promise<string | undefined> {
    await loading
    return found.value?.emoji[0]?.emoji
  }

  /** One group in each frame: all at once would hold up the page for longer than a key press may wait. */
  function drawMore() {
    drawn.value++
    if (drawn.value < groups.value.length) frame = requestAnimationFrame(drawMore)
  }

  onUnmounted(() => cancelAnimationFrame(frame))

  return { state, term, groups, shown, found, findFirst, load }
}
