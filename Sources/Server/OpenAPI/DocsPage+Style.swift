extension DocsPage {
    /// How it looks, by day and by night, on wide and on narrow screens.
    static let style = #"""

        :root {
          color-scheme: light dark;
          --ground: #fff; --panel: #f5f6f8; --line: #dfe2e7; --ink: #1b1f24; --quiet: #5d6673; --link: #0a5dc2;
          --get: #0b7a4b; --post: #0a5dc2; --delete: #b3261e; --code: #f0f2f5;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14171b; --panel: #1b1f25; --line: #323943; --ink: #e6e9ed; --quiet: #98a2b0; --link: #7ab4ff;
            --get: #4cc38a; --post: #7ab4ff; --delete: #ff8d85; --code: #20252c;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
        body {
          margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); background: var(--ground);
          color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
        }
        a { color: var(--link); text-decoration: none; }
        a:hover { text-decoration: underline; }
        code, pre, textarea, .path { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: .86em; }
        nav {
          position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem; background: var(--panel);
          border-right: 1px solid var(--line);
        }
        nav .name { display: block; margin-bottom: .75rem; color: var(--ink); font-size: 1.15rem; font-weight: 650; }
        nav small { color: var(--quiet); font-weight: 400; }
        nav h2 {
          margin: 1.1rem 0 .25rem; color: var(--quiet); font-size: .75rem; font-weight: 600; letter-spacing: .04em;
          text-transform: uppercase;
        }
        nav a.route { display: flex; gap: .4rem; padding: .12rem 0; color: var(--ink); overflow-wrap: anywhere; }
        main { max-width: 60rem; padding: 2rem 2.5rem 6rem; }
        h1 { margin: 0 0 .5rem; font-size: 1.8rem; }
        main > div > h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
        .quiet, .meta { color: var(--quiet); }
        input, textarea, button {
          border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem; background: var(--ground);
          color: var(--ink); font: inherit;
        }
        nav input { width: 100%; }
        .key input { width: min(26rem, 100%); margin-left: .4rem; }
        button { background: var(--panel); cursor: pointer; }
        button.main { border-color: var(--link); color: var(--link); font-weight: 600; }
        .method { flex: none; width: 4.4em; font-size: .72rem; font-weight: 700; line-height: 1.9; }
        .get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
        details.route { margin: .5rem 0; border: 1px solid var(--line); border-radius: 8px; }
        details.route > summary {
          display: flex; flex-wrap: wrap; gap: .15rem .6rem; align-items: baseline; padding: .6rem .9rem; cursor: pointer;
          list-style: none;
        }
        details.route > summary::-webkit-details-marker { display: none; }
        details.route[open] > summary { border-bottom: 1px solid var(--line); background: var(--panel); border-radius: 8px 8px 0 0; }
        summary .path { font-weight: 600; overflow-wrap: anywhere; }
        summary .lock { margin-left: auto; color: var(--quiet); font-size: .8rem; }
        .body { padding: .4rem .9rem 1rem; }
        .body h3 { margin: 1.1rem 0 .4rem; font-size: .95rem; }
        pre {
          margin: .3rem 0; padding: .7rem .9rem; overflow-x: auto; border-radius: 6px; background: var(--code);
          white-space: pre-wrap; overflow-wrap: anywhere;
        }
        pre.answer { max-height: 24rem; overflow-y: auto; }
        textarea {
          width: 100%; min-height: 12rem; resize: vertical; font-family: ui-monospace, Menlo, Consolas, monospace;
          font-size: .86em;
        }
        .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .4rem 0; }
        table { width: 100%; border-collapse: collapse; }
        td { padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
        tr:first-child > td { border-top: 0; }
        td.term { width: 13rem; overflow-wrap: anywhere; }
        td.term code { font-weight: 600; }
        .must { color: var(--delete); font-size: .75rem; }
        details.inner > summary { color: var(--link); cursor: pointer; font-size: .9rem; }
        details.inner > .nest { margin: .2rem 0 .4rem; padding-left: .8rem; border-left: 2px solid var(--line); }
        @media (max-width: 50rem) {
          body { display: block; }
          nav { position: static; height: auto; padding: 1rem; border-right: 0; border-bottom: 1px solid var(--line); }
          #index { display: none; }
          .key input { width: 100%; margin-left: 0; }
          main { padding: 1.25rem 1rem 4rem; }
          td { display: block; border: 0; padding: 0 0 .3rem; }
          td.term { width: auto; padding-top: .5rem; border-top: 1px solid var(--line); }
          tr:first-child > td.term { border-top: 0; }
        }

        """#
}
