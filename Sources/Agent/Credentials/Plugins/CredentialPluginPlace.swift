/// Where the kubelet's credential-provider plugins are, as its own flags say it.
package struct CredentialPluginPlace: Sendable, Hashable {
  /// The file, or folder of files, with the CredentialProviderConfig.
  package var configuration: String
  /// The folder with the programs.
  package var folder: String

  package init(configuration: String, folder: String) {
    self.configuration = configuration
    self.folder = folder
  }
}
