/** A step of a dialog that is thought over: meanwhile what began it is hidden, and has the focus again when nothing comes of it. */
import { nextTick, type Ref, shallowRef } from 'vue'

export function useConfirmStep<Step>() {
  const step: Ref<Step | undefined> = shallowRef()
  let beginning: Element | null = null
  return {
    step,

    begin(next: Step) {
      beginning = document.activeElement
      step.value = next
    },

    async cancel() {
      step.value = undefined
      await nextTick()
      if (beginning instanceof HTMLElement) beginning.focus()
    },
  }
}
