// The one place that names the vendored view library.
export {
  Component, createContext, h, html, render, useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/htm/standalone.module.js";
