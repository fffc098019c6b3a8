"""How programs that only know chats tell with a story model: the template that goes along with a tokenizer.

It makes one story of a chat, as `narrator serve` does: what user and assistant have said, one after the other, the assistant's
words exactly where the user's ended, and a blank only before a user who goes on. A story model knows no instructions, so that those
of the system are left out.
"""

CHAT_TEMPLATE = """\
{%- set story = namespace(text='') -%}
{%- for message in messages -%}
  {%- if message['role'] in ['user', 'assistant'] -%}
    {%- set said = namespace(text='') -%}
    {%- if message['content'] is string -%}
      {%- set said.text = message['content'] -%}
    {%- else -%}
      {%- for part in message['content'] -%}
        {%- set said.text = said.text + part['text'] -%}
      {%- endfor -%}
    {%- endif -%}
    {%- if message['role'] == 'user' and story.text and said.text
        and story.text == story.text.rstrip() and said.text == said.text.lstrip() -%}
      {%- set story.text = story.text + ' ' -%}
    {%- endif -%}
    {%- set story.text = story.text + said.text -%}
  {%- endif -%}
{%- endfor -%}
{{- bos_token + story.text -}}
"""
