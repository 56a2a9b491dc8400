/** Attributes of HTML that the types of Vue do not know yet. */
import 'vue'

declare module 'vue' {
  interface HTMLAttributes {
    popover?: true | 'auto' | 'manual'
  }

  interface ButtonHTMLAttributes {
    popovertarget?: string
    popovertargetaction?: 'hide' | 'show' | 'toggle'
  }
}
