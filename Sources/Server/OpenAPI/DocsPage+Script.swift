extension DocsPage {
    /// How it is filled: from `/openapi.json`, and with text only, never with markup that came from elsewhere.
    static let script = #"""

        "use strict";
        const $ = (id) => document.getElementById(id);
        const make = (tag, attributes = {}, ...children) => {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) {
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
            else if (value !== undefined) element.setAttribute(name, value);
          }
          element.append(...children.filter((child) => child !== undefined && child !== null));
          return element;
        };
        let spec;
        const resolve = (schema) =>
          schema && schema.$ref ? { name: schema.$ref.split("/").pop(), ...spec.components.schemas[schema.$ref.split("/").pop()] } : schema || {};

        // Schemas

        const without = (schema) => {
          if (!schema.anyOf) return schema;
          const rest = schema.anyOf.filter((each) => each.type !== "null");
          return rest.length === 1 && rest.length < schema.anyOf.length ? { ...rest[0], description: schema.description } : { ...schema, anyOf: rest };
        };
        const kind = (given) => {
          const outer = without(given), schema = resolve(outer);
          if (schema.const !== undefined) return JSON.stringify(schema.const);
          if (schema.enum) return schema.enum.filter((value) => value !== null).map((value) => JSON.stringify(value)).join(" | ");
          if (schema.anyOf) return schema.name && schema.anyOf.length > 3 ? schema.name : [...new Set(schema.anyOf.map(kind))].join(" | ");
          const types = [].concat(schema.type || "any").filter((type) => type !== "null");
          if (types[0] === "array") { const inner = kind(schema.items || {}); return (inner.includes(" | ") ? `(${inner})` : inner) + "[]"; }
          return schema.name && types[0] === "object" ? schema.name : types.join(" | ");
        };
        const limits = (given) => {
          const schema = resolve(without(given)), words = [];
          const low = schema.minimum ?? schema.minItems, high = schema.maximum ?? schema.maxItems;
          if (schema.exclusiveMinimum !== undefined) words.push(`above ${schema.exclusiveMinimum}` + (high !== undefined ? `, at most ${high}` : ""));
          else if (low !== undefined && high !== undefined) words.push(`${low} to ${high}`);
          else if (low !== undefined) words.push(`at least ${low}`);
          else if (high !== undefined) words.push(`at most ${high}`);
          if (schema.maxLength) words.push(`${schema.minLength || 0} to ${schema.maxLength} bytes`);
          if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
          return words.join(", ");
        };
        // What has members of its own to show: objects, also as entries of lists and among alternatives.
        const inner = (given) => {
          const schema = resolve(without(given));
          if (schema.properties) return [schema];
          if (schema.items) return inner(schema.items);
          if (schema.additionalProperties && schema.additionalProperties !== true) return inner(schema.additionalProperties);
          return (schema.anyOf || []).flatMap(inner);
        };
        const table = (schema, depth) => {
          const required = new Set(schema.required || []);
          return make("table", {}, ...Object.entries(schema.properties).map(([name, value]) => {
            const bounds = limits(value), objects = depth < 5 ? inner(value) : [];
            return make("tr", {},
              make("td", { class: "term" }, make("code", {}, name), required.has(name) ? make("span", { class: "must" }, " required") : ""),
              make("td", {},
                make("code", { class: "meta" }, kind(value)), bounds ? make("span", { class: "meta" }, "  " + bounds) : "",
                make("div", {}, value.description || resolve(without(value)).description || ""),
                ...objects.map((object) => nested(object, depth))));
          }));
        };
        const nested = (schema, depth) => {
          const label = schema.description || Object.keys(schema.properties).slice(0, 4).join(", ") + (Object.keys(schema.properties).length > 4 ? " …" : "");
          const box = make("details", { class: "inner" }, make("summary", {}, label));
          box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(make("div", { class: "nest" }, table(schema, depth + 1))); });
          return box;
        };
        const shown = (content) => {
          const schema = resolve(content.schema), objects = inner(content.schema);
          if (objects.length === 1 && schema.properties) return table(schema, 0);
          return make("div", {}, make("code", { class: "meta" }, kind(content.schema)), ...objects.map((object) => nested(object, 0)));
        };

        // Routes

        const curl = (method, path, operation) => {
          const lines = [`curl ${method === "get" ? "" : "-X " + method.toUpperCase() + " "}${location.origin}${path}`];
          if (operation.security) lines.push("-H 'Authorization: Bearer YOUR_KEY'");
          const content = operation.requestBody && operation.requestBody.content["application/json"];
          if (content) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(content.example || {})}'`);
          else if (operation.requestBody) lines.push("-F purpose=user_data -F file=@FILE");
          return lines.join(" \\\n  ");
        };
        const tryIt = (method, path, operation) => {
          const content = operation.requestBody && operation.requestBody.content["application/json"];
          if (operation.requestBody && !content) return "";
          const argument = (operation.parameters || []).find((parameter) => parameter.in === "path");
          const part = argument && make("input", { placeholder: argument.name, "aria-label": argument.name });
          const body = content && make("textarea", { spellcheck: "false", "aria-label": "Body" });
          if (body) body.value = JSON.stringify(content.example || {}, null, 2);
          const state = make("span", { class: "quiet" }), answer = make("pre", { class: "answer", hidden: "" });
          const send = async () => {
            const headers = {};
            if (body) headers["Content-Type"] = "application/json";
            if ($("key").value) headers.Authorization = "Bearer " + $("key").value;
            answer.hidden = false; answer.textContent = ""; state.textContent = "…";
            const start = performance.now();
            try {
              const url = part ? path.replace(/\{.*\}/, encodeURIComponent(part.value)) : path;
              const response = await fetch(url, { method: method.toUpperCase(), headers, body: body && body.value });
              state.textContent = `${response.status} ${response.statusText}`;
              const reader = response.body && response.body.getReader(), decoder = new TextDecoder();
              let text = "";
              while (reader) {
                const { done, value } = await reader.read();
                if (done) break;
                text += decoder.decode(value, { stream: true });
                answer.textContent = text;
              }
              try { answer.textContent = JSON.stringify(JSON.parse(text), null, 2); } catch { answer.textContent = text || "(no body)"; }
              state.textContent += ` in ${Math.round(performance.now() - start)} ms`;
            } catch (error) { state.textContent = String(error); }
          };
          return make("div", {}, make("h3", {}, "Try it"), part ? make("div", { class: "row" }, part) : "", body,
            make("div", { class: "row" }, make("button", { class: "main", type: "button", onclick: send }, "Send"), state), answer);
        };
        const route = (method, path, operation) => {
          const box = make("details", { class: "route", id: operation.operationId },
            make("summary", {}, make("span", { class: "method " + method }, method.toUpperCase()), make("span", { class: "path" }, path),
              make("span", { class: "quiet" }, operation.summary), operation.security ? make("span", { class: "lock" }, "key") : ""));
          box.addEventListener("toggle", () => {
            if (!box.open || box.children.length > 1) return;
            const command = curl(method, path, operation), copy = make("button", { type: "button" }, "Copy");
            copy.addEventListener("click", async () => { await navigator.clipboard.writeText(command); copy.textContent = "Copied"; });
            const body = make("div", { class: "body" }, operation.description ? make("p", {}, operation.description) : "",
              make("h3", {}, "Example"), make("pre", {}, command), navigator.clipboard ? copy : "", tryIt(method, path, operation));
            const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
            if (operation.parameters) body.append(make("h3", {}, "Parameters"), table({
              properties: Object.fromEntries(operation.parameters.map((each) => [each.name, { description: each.description, ...each.schema }])),
              required: operation.parameters.filter((each) => each.required).map((each) => each.name) }, 0));
            if (content) body.append(make("h3", {}, `Body, ${content[0]}`), shown(content[1]));
            const [status, success] = Object.entries(operation.responses)[0];
            for (const [type, answer] of Object.entries(success.content || { "": undefined })) {
              body.append(make("h3", {}, type ? `Response ${status}, ${type}` : `Response ${status}, without a body`));
              if (answer) body.append(shown(answer["x-event-schema"] ? { schema: answer["x-event-schema"] } : answer));
            }
            const errors = Object.entries(operation.responses).slice(1);
            if (errors.length) body.append(make("h3", {}, "Errors"), make("table", {}, ...errors.map(([code, error]) =>
              make("tr", {}, make("td", { class: "term" }, make("code", {}, code)), make("td", {}, error.description)))));
            box.append(body);
          });
          return box;
        };
        const open = () => {
          const box = location.hash.length > 1 && $(location.hash.slice(1));
          if (box && box.tagName === "DETAILS") { box.open = true; box.scrollIntoView(); }
        };
        const show = () => {
          document.title = `${spec.info.title} API`;
          $("version").textContent = spec.info.version;
          $("intro").textContent = spec.info.description;
          if (spec.components.securitySchemes) $("key").placeholder = "for the routes that ask for one";
          const routes = $("routes"), index = $("index");
          routes.textContent = "";
          for (const tag of spec.tags) {
            const heading = make("h2", {}, tag.name), group = make("h2", {}, tag.name);
            routes.append(heading); index.append(group);
            for (const [path, item] of Object.entries(spec.paths)) for (const [method, operation] of Object.entries(item)) {
              if (!operation.tags.includes(tag.name)) continue;
              routes.append(route(method, path, operation));
              index.append(make("a", { class: "route", href: "#" + operation.operationId, onclick: () => setTimeout(open) },
                make("span", { class: "method " + method }, method.toUpperCase()), make("span", { class: "path" }, path.replace(/^\/v1/, ""))));
            }
          }
          $("filter").addEventListener("input", (event) => {
            const words = event.target.value.toLowerCase();
            for (const element of document.querySelectorAll("details.route, nav a.route")) element.hidden = !element.textContent.toLowerCase().includes(words);
          });
          addEventListener("hashchange", open);
          open();
        };
        fetch("/openapi.json").then((response) => response.json()).then((json) => { spec = json; show(); })
          .catch((error) => { $("routes").textContent = `openapi.json could not be read: ${error}`; });

        """#
}
