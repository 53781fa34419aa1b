// The source of Xmodel-2's template, which exported models include, and which describes tools to the model
// (docs/chat-templates.md). `ChatTemplate.segments` is the same format without tools, in segments for loss masks; a
// test compares them.
// SPDX-License-Identifier: Apache-2.0

extension ChatTemplate {
    package static let xmodel2Source = #"""
        {%- set given = messages and messages[0].role == 'system' -%}
        {%- set system = messages[0].content if given else 'You are a helpful assistant.' -%}
        {{- '<|im_start|>system\n' ~ system -}}
        {%- if tools -%}
            {{- '\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' -}}
            {{- 'You are provided with function signatures within <tools></tools> XML tags:\n<tools>' -}}
            {%- for tool in tools -%}
                {{- '\n' ~ tool | tojson -}}
            {%- endfor -%}
            {{- '\n</tools>\n\nFor each function call, return a json object with function name and arguments ' -}}
            {{- 'within <tool_call></tool_call> XML tags:\n<tool_call>\n' -}}
            {{- '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>' -}}
        {%- endif -%}
        {{- '<|im_end|>\n' -}}
        {%- set turns = messages[1:] if given else messages -%}
        {%- for message in turns -%}
            {%- if message.role == 'tool' -%}
                {%- if loop.previtem is not defined or loop.previtem.role != 'tool' -%}
                    {{- '<|im_start|>user' -}}
                {%- endif -%}
                {{- '\n<tool_response>\n' ~ message.content ~ '\n</tool_response>' -}}
                {%- if loop.last or loop.nextitem.role != 'tool' -%}
                    {{- '<|im_end|>\n' -}}
                {%- endif -%}
            {%- elif message.role == 'assistant' and message.tool_calls -%}
                {{- '<|im_start|>assistant' -}}
                {%- if message.content -%}
                    {{- '\n' ~ message.content -}}
                {%- endif -%}
                {%- for tool_call in message.tool_calls -%}
                    {%- set call = tool_call.function if tool_call.function else tool_call -%}
                    {{- '\n<tool_call>\n{"name": "' ~ call.name ~ '", "arguments": ' -}}
                    {{- call.arguments | tojson ~ '}\n</tool_call>' -}}
                {%- endfor -%}
                {{- '<|im_end|>\n' -}}
            {%- else -%}
                {{- '<|im_start|>' ~ message.role ~ '\n' ~ message.content ~ '<|im_end|>\n' -}}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\n' -}}
        {%- endif -%}
        """#
}
